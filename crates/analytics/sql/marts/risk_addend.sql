-- The addends of each score.
WITH told AS (
  SELECT
    person.person_id, person.payment_year, score.model,
    unnest(cms_hcc_addends(
      score.model, person.age_years, person.sex, person.original_entitlement,
      person.current_entitlement, person.dual_status_code, person.is_new_enrollee,
      person.is_long_term_institutional, person.diagnosis_codes
    )) AS addend
  FROM risk_score AS score
  JOIN risk_person AS person
    ON person.person_id = score.person_id AND person.payment_year = score.payment_year
)
SELECT
  person_id, payment_year, model,
  get_field(addend, 'variable') AS variable,
  get_field(addend, 'coefficient') AS coefficient,
  get_field(addend, 'diagnosis_codes') AS diagnosis_codes
FROM told
