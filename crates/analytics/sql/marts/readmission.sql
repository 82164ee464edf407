-- Every acute inpatient stay: whether a return within 30 days is asked of it, and whether the
-- next stay of the person was such a return.
WITH stays AS (
  SELECT
    *,
    coalesce(admit_type_code = '3', false)
      OR coalesce(principal_diagnosis_code IN ('Z510', 'Z5111', 'Z5112'), false)
      OR coalesce(lpad(drg_code, 3, '0') IN (
        '001', '002', '005', '006', '007', '008', '010', '014', '016', '017', '018', '019',
        '650', '651', '652'
      ), false)
      OR coalesce(lpad(drg_code, 3, '0') IN (
        '768', '796', '797', '798', '805', '806', '807', '783', '784', '785', '786', '787', '788',
        '765', '766', '767', '774', '775'
      ), false) AS is_planned,
    max(last_day) OVER (PARTITION BY data_source) AS last_discharge_day
  FROM encounter
  WHERE encounter_type = 'acute inpatient'
    AND first_day IS NOT NULL AND last_day IS NOT NULL AND last_day >= first_day
),
followed AS (
  SELECT
    *,
    lead(encounter_id) OVER next_stay AS next_encounter_id,
    lead(is_planned) OVER next_stay AS next_is_planned,
    CAST(
      CAST(lead(first_day) OVER next_stay AS INT) - CAST(last_day AS INT) AS BIGINT
    ) AS days_to_next
  FROM stays
  WINDOW next_stay AS (
    PARTITION BY person_id, data_source ORDER BY first_day, last_day, encounter_id
  )
),
judged AS (
  SELECT
    *,
    CASE
      WHEN discharge_disposition_code = '20' THEN 'died'
      WHEN discharge_disposition_code = '07' THEN 'left against medical advice'
      WHEN discharge_disposition_code = '02' THEN 'transferred to another hospital'
      WHEN last_day > last_discharge_day - INTERVAL '30 days' THEN 'less than 30 days of data follow'
      WHEN lpad(drg_code, 3, '0') IN ('945', '946') THEN 'rehabilitation'
      WHEN lpad(drg_code, 3, '0') = '876' OR lpad(drg_code, 3, '0') BETWEEN '880' AND '887'
        THEN 'psychiatric care'
      ELSE ''
    END AS not_index_reason,
    coalesce(days_to_next BETWEEN 0 AND 30, false) AS is_readmitted
  FROM followed
)
SELECT
  encounter_id, person_id, data_source, facility_npi, first_day, last_day, is_planned,
  not_index_reason = '' AS is_index_admission, not_index_reason,
  CASE WHEN is_readmitted THEN next_encounter_id END AS readmission_encounter_id,
  CASE WHEN is_readmitted THEN days_to_next END AS days_to_readmission,
  is_readmitted AS is_readmitted_30_days,
  is_readmitted AND NOT next_is_planned AS is_unplanned_readmitted_30_days
FROM judged
