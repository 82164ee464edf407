-- Who has which chronic condition: one diagnosis of a hospital stay, or two on different days.
WITH diagnosed AS (
  SELECT DISTINCT
    diagnosis.person_id, code.condition, diagnosis.data_source, diagnosis.claim_id,
    diagnosis.first_day, diagnosis.is_inpatient
  FROM claim_diagnosis AS diagnosis
  JOIN condition_code AS code
    ON substr(diagnosis.diagnosis_code, 1, length(code.code_from))
      BETWEEN code.code_from AND code.code_to
  WHERE diagnosis.first_day IS NOT NULL
)
SELECT
  person_id, condition,
  min(first_day) AS first_day,
  max(first_day) AS last_day,
  count(*) AS claims,
  sum(CASE WHEN is_inpatient THEN 1 ELSE 0 END) AS inpatient_claims
FROM diagnosed
GROUP BY person_id, condition
HAVING bool_or(is_inpatient) OR count(DISTINCT first_day) >= 2
