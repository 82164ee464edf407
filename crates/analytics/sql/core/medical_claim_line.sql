-- One row for each line of a medical claim. A line that several rows name is taken from the file
-- with the latest day, then the last line of the last file. Its days are those of the line, else
-- those of the claim. The category follows from the type of bill and revenue codes of an
-- institutional claim as a whole, and from place and code of each professional line.
-- Only keys that repeat are put in order, which takes long where rows are wide.
WITH repeated AS (
  SELECT data_source, claim_id, claim_line_number
  FROM input.medical_claim
  GROUP BY data_source, claim_id, claim_line_number
  HAVING count(*) > 1
),
chosen AS (
  SELECT line.*
  FROM input.medical_claim AS line
  LEFT ANTI JOIN repeated
    ON repeated.data_source = line.data_source
    AND repeated.claim_id = line.claim_id
    AND repeated.claim_line_number = line.claim_line_number
  UNION ALL
  SELECT * EXCEPT (place)
  FROM (
    SELECT
      line.*,
      row_number() OVER (
        PARTITION BY line.data_source, line.claim_id, line.claim_line_number
        ORDER BY line.file_date DESC NULLS LAST, line.source_file DESC, line.source_line DESC,
          line.source_import
      ) AS place
    FROM input.medical_claim AS line
    LEFT SEMI JOIN repeated
      ON repeated.data_source = line.data_source
      AND repeated.claim_id = line.claim_id
      AND repeated.claim_line_number = line.claim_line_number
  ) AS placed
  WHERE place = 1
),
placed AS (
  SELECT
    data_source, claim_id, claim_line_number, claim_type, person_id, member_id, payer, plan,
    coalesce(claim_line_start_date, claim_start_date, admission_date) AS first_day,
    coalesce(
      claim_line_end_date, claim_end_date, discharge_date, claim_line_start_date,
      claim_start_date, admission_date
    ) AS last_day,
    admission_date, discharge_date, admit_source_code, admit_type_code,
    discharge_disposition_code, place_of_service_code, bill_type_code, drg_code,
    revenue_center_code, service_unit_quantity, hcpcs_code, rendering_npi, billing_npi,
    billing_tin, facility_npi, diagnosis_code_1, paid_date, paid_amount, allowed_amount,
    charge_amount, coinsurance_amount, copayment_amount, deductible_amount, source_file,
    source_line
  FROM chosen
),
claims AS (
  SELECT
    data_source, claim_id,
    bool_or(
      revenue_center_code BETWEEN '0450' AND '0459' OR revenue_center_code = '0981'
    ) AS has_emergency_revenue,
    bool_or(revenue_center_code BETWEEN '0100' AND '0219') AS has_room_and_board,
    max(drg_code) AS claim_drg_code
  FROM placed
  WHERE claim_type = 'institutional'
  GROUP BY data_source, claim_id
),
lines AS (
  SELECT
    placed.*, claims.has_emergency_revenue, claims.has_room_and_board,
    coalesce(claims.claim_drg_code, placed.drg_code) AS claim_drg_code
  FROM placed
  LEFT JOIN claims
    ON claims.data_source = placed.data_source AND claims.claim_id = placed.claim_id
),
detailed AS (
  SELECT
    *,
    CASE
      WHEN claim_type = 'institutional' THEN
        CASE
          WHEN substr(bill_type_code, 1, 2) IN ('11', '12')
            AND (coalesce(has_room_and_board, false) OR claim_drg_code IS NOT NULL)
            THEN 'acute inpatient'
          WHEN substr(bill_type_code, 1, 2) IN ('18', '21', '22', '28') THEN 'skilled nursing'
          WHEN coalesce(has_emergency_revenue, false) THEN 'emergency department'
          WHEN substr(bill_type_code, 1, 2) IN ('11', '12') THEN 'inpatient other'
          WHEN substr(bill_type_code, 1, 2) IN ('32', '33', '34') THEN 'home health'
          WHEN substr(bill_type_code, 1, 2) IN ('81', '82') THEN 'hospice'
          WHEN substr(bill_type_code, 1, 2) = '72' THEN 'dialysis'
          WHEN substr(bill_type_code, 1, 2) IN ('74', '75') THEN 'outpatient rehabilitation'
          WHEN substr(bill_type_code, 1, 2) IN ('71', '73', '77') THEN 'clinic'
          WHEN substr(bill_type_code, 1, 2) = '83' THEN 'ambulatory surgery'
          WHEN substr(bill_type_code, 1, 2) = '14' THEN 'laboratory'
          WHEN substr(bill_type_code, 1, 2) IN ('13', '85') THEN 'outpatient hospital'
          ELSE 'other'
        END
      WHEN substr(hcpcs_code, 1, 1) = 'A' AND hcpcs_code BETWEEN 'A0021' AND 'A0999'
        THEN 'ambulance'
      WHEN hcpcs_code BETWEEN 'E0100' AND 'E8002' THEN 'durable medical equipment'
      WHEN place_of_service_code IN ('21', '51', '61') THEN 'inpatient professional'
      WHEN place_of_service_code = '23' THEN 'emergency department'
      WHEN place_of_service_code = '81' THEN 'laboratory'
      WHEN place_of_service_code IN ('19', '22') THEN 'outpatient hospital'
      WHEN place_of_service_code = '24' THEN 'ambulatory surgery'
      WHEN place_of_service_code IN ('31', '32') THEN 'skilled nursing'
      WHEN place_of_service_code IN ('02', '10') THEN 'telehealth'
      WHEN place_of_service_code = '20' THEN 'urgent care'
      WHEN place_of_service_code IN ('11', '49', '50', '72') THEN 'office visit'
      WHEN place_of_service_code IN ('12', '13', '14') THEN 'home visit'
      WHEN place_of_service_code = '34' THEN 'hospice'
      WHEN place_of_service_code IN ('41', '42') THEN 'ambulance'
      WHEN place_of_service_code = '65' THEN 'dialysis'
      ELSE 'other'
    END AS service_detail
  FROM lines
)
SELECT
  data_source, claim_id, claim_line_number, coalesce(claim_type, 'undetermined') AS claim_type,
  person_id, coalesce(member_id, '') AS member_id, coalesce(payer, '') AS payer,
  coalesce(plan, '') AS plan, first_day, last_day, admission_date, discharge_date,
  to_char(first_day, '%Y%m') AS year_month,
  CASE
    WHEN service_detail IN (
      'acute inpatient', 'inpatient other', 'skilled nursing', 'inpatient professional'
    ) THEN 'inpatient'
    WHEN service_detail IN (
      'emergency department', 'outpatient hospital', 'ambulatory surgery', 'dialysis',
      'outpatient rehabilitation', 'clinic', 'home health', 'hospice'
    ) THEN 'outpatient'
    WHEN service_detail IN ('office visit', 'telehealth', 'urgent care', 'home visit')
      THEN 'office'
    WHEN service_detail IN ('laboratory', 'ambulance', 'durable medical equipment')
      THEN 'ancillary'
    ELSE 'other'
  END AS service_category,
  service_detail, admit_source_code, admit_type_code, discharge_disposition_code,
  place_of_service_code, bill_type_code, claim_drg_code AS drg_code, revenue_center_code,
  service_unit_quantity, hcpcs_code, rendering_npi, billing_npi, billing_tin, facility_npi,
  diagnosis_code_1 AS principal_diagnosis_code, paid_date,
  coalesce(paid_amount, 0) AS paid_amount, coalesce(allowed_amount, 0) AS allowed_amount,
  coalesce(charge_amount, 0) AS charge_amount,
  coalesce(coinsurance_amount, 0) + coalesce(copayment_amount, 0)
    + coalesce(deductible_amount, 0) AS member_cost_amount,
  source_file, source_line
FROM detailed
