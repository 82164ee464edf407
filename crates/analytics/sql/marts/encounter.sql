-- One row for each encounter. Of a stay, days, facility, admission and discharge are those of
-- its institutional claims: admission and diagnosis of the first, discharge and group of the last.
WITH lines AS (
  SELECT
    place.encounter_id, place.encounter_type, place.person_id, place.data_source, place.claim_id,
    line.first_day, line.last_day,
    coalesce(line.admission_date, line.first_day) AS stay_first_day,
    coalesce(line.discharge_date, line.last_day) AS stay_last_day,
    coalesce(line.facility_npi, line.billing_npi) AS facility_npi,
    line.admit_type_code, line.admit_source_code, line.discharge_disposition_code, line.drg_code,
    line.principal_diagnosis_code, line.paid_amount, line.allowed_amount, line.charge_amount,
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
claims AS (
  SELECT
    encounter_id, encounter_type, person_id, data_source, claim_id,
    bool_or(is_own) AS is_own,
    coalesce(min(CASE WHEN is_own THEN stay_first_day END), min(first_day)) AS first_day,
    coalesce(max(CASE WHEN is_own THEN stay_last_day END), max(last_day)) AS last_day,
    max(facility_npi) AS facility_npi,
    max(admit_type_code) AS admit_type_code,
    max(admit_source_code) AS admit_source_code,
    max(discharge_disposition_code) AS discharge_disposition_code,
    max(drg_code) AS drg_code,
    max(principal_diagnosis_code) AS principal_diagnosis_code,
    count(*) AS claim_lines,
    sum(paid_amount) AS paid_amount,
    sum(allowed_amount) AS allowed_amount,
    sum(charge_amount) AS charge_amount
  FROM lines
  GROUP BY encounter_id, encounter_type, person_id, data_source, claim_id
),
placed AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY encounter_id, encounter_type, person_id, data_source
      ORDER BY is_own DESC, first_day, last_day, claim_id
    ) AS place_from_first,
    row_number() OVER (
      PARTITION BY encounter_id, encounter_type, person_id, data_source
      ORDER BY is_own DESC, last_day DESC, first_day DESC, claim_id DESC
    ) AS place_from_last
  FROM claims
),
encounters AS (
  SELECT
    encounter_id, encounter_type, person_id, data_source,
    coalesce(min(CASE WHEN is_own THEN first_day END), min(first_day)) AS first_day,
    coalesce(max(CASE WHEN is_own THEN last_day END), max(last_day)) AS last_day,
    max(CASE WHEN place_from_first = 1 THEN facility_npi END) AS facility_npi,
    max(CASE WHEN place_from_first = 1 THEN admit_type_code END) AS admit_type_code,
    max(CASE WHEN place_from_first = 1 THEN admit_source_code END) AS admit_source_code,
    max(CASE WHEN place_from_last = 1 THEN discharge_disposition_code END)
      AS discharge_disposition_code,
    max(CASE WHEN place_from_last = 1 THEN drg_code END) AS drg_code,
    max(CASE WHEN place_from_first = 1 THEN principal_diagnosis_code END)
      AS principal_diagnosis_code,
    count(*) AS claims,
    sum(claim_lines) AS claim_lines,
    CAST(sum(paid_amount) AS DECIMAL(18, 2)) AS paid_amount,
    CAST(sum(allowed_amount) AS DECIMAL(18, 2)) AS allowed_amount,
    CAST(sum(charge_amount) AS DECIMAL(18, 2)) AS charge_amount
  FROM placed
  GROUP BY encounter_id, encounter_type, person_id, data_source
)
SELECT
  encounter_id, encounter_type, person_id, data_source, first_day, last_day,
  CAST(CAST(last_day AS INT) - CAST(first_day AS INT) AS BIGINT) AS length_of_stay_days,
  facility_npi, admit_type_code, admit_source_code, discharge_disposition_code, drg_code,
  principal_diagnosis_code, claims, claim_lines, paid_amount, allowed_amount, charge_amount
FROM encounters
