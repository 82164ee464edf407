-- One row for each encounter. Of a stay, days, facility, admission and discharge are those of
-- its institutional claims: admission of the first, discharge and group of the last.
WITH lines AS (
  SELECT
    place.encounter_id, place.encounter_type, line.*,
    line.service_detail = place.encounter_type
      AND (
        line.claim_type = 'institutional'
        OR place.encounter_type NOT IN ('acute inpatient', 'skilled nursing')
      ) AS is_own
  FROM encounter_claim_line AS place
  JOIN medical_claim_line AS line
    ON line.data_source = place.data_source
    AND line.claim_id = place.claim_id
    AND line.claim_line_number = place.claim_line_number
),
encounters AS (
  SELECT
    encounter_id, encounter_type, person_id, data_source,
    coalesce(
      min(coalesce(admission_date, first_day)) FILTER (WHERE is_own), min(first_day)
    ) AS first_day,
    coalesce(
      max(coalesce(discharge_date, last_day)) FILTER (WHERE is_own), max(last_day)
    ) AS last_day,
    first_value(coalesce(facility_npi, billing_npi) ORDER BY first_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND coalesce(facility_npi, billing_npi) IS NOT NULL) AS facility_npi,
    first_value(admit_type_code ORDER BY first_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND admit_type_code IS NOT NULL) AS admit_type_code,
    first_value(admit_source_code ORDER BY first_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND admit_source_code IS NOT NULL) AS admit_source_code,
    last_value(discharge_disposition_code ORDER BY last_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND discharge_disposition_code IS NOT NULL)
      AS discharge_disposition_code,
    last_value(drg_code ORDER BY last_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND drg_code IS NOT NULL) AS drg_code,
    first_value(principal_diagnosis_code ORDER BY first_day, claim_id, claim_line_number)
      FILTER (WHERE is_own AND principal_diagnosis_code IS NOT NULL) AS principal_diagnosis_code,
    count(DISTINCT claim_id) AS claims,
    count(*) AS claim_lines,
    CAST(sum(paid_amount) AS DECIMAL(18, 2)) AS paid_amount,
    CAST(sum(allowed_amount) AS DECIMAL(18, 2)) AS allowed_amount,
    CAST(sum(charge_amount) AS DECIMAL(18, 2)) AS charge_amount
  FROM lines
  GROUP BY encounter_id, encounter_type, person_id, data_source
)
SELECT
  encounter_id, encounter_type, person_id, data_source, first_day, last_day,
  CAST(CAST(last_day AS INT) - CAST(first_day AS INT) AS BIGINT) AS length_of_stay_days,
  facility_npi, admit_type_code, admit_source_code, discharge_disposition_code, drg_code,
  principal_diagnosis_code, claims, claim_lines, paid_amount, allowed_amount, charge_amount
FROM encounters
