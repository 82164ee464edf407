-- The addends of each score.
WITH models AS (
  SELECT model FROM (VALUES ('v22'), ('v24'), ('v28'), ('e21')) AS named (model)
),
told AS (
  SELECT
    person.person_id, person.payment_year, models.model,
    unnest(cms_hcc_addends(
      models.model, person.age_years, person.sex, person.original_entitlement,
      person.current_entitlement, person.dual_status_code, person.is_new_enrollee,
      person.is_long_term_institutional, person.diagnosis_codes
    )) AS addend
  FROM risk_person AS person
  CROSS JOIN models
)
SELECT
  person_id, payment_year, model,
  get_field(addend, 'variable') AS variable,
  get_field(addend, 'coefficient') AS coefficient,
  get_field(addend, 'diagnosis_codes') AS diagnosis_codes
FROM told
