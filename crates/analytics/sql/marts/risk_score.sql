-- The score of each person by each model that is about the person.
WITH models AS (
  SELECT model FROM (VALUES ('v22'), ('v24'), ('v28'), ('e21')) AS named (model)
),
scored AS (
  SELECT
    person.person_id, person.payment_year, models.model,
    cms_hcc_score(
      models.model, person.age_years, person.sex, person.original_entitlement,
      person.current_entitlement, person.dual_status_code, person.is_new_enrollee,
      person.is_long_term_institutional, person.diagnosis_codes
    ) AS told
  FROM risk_person AS person
  CROSS JOIN models
)
SELECT
  person_id, payment_year, model,
  get_field(told, 'segment') AS segment,
  get_field(told, 'score') AS score,
  get_field(told, 'demographic_score') AS demographic_score,
  get_field(told, 'categories') AS categories
FROM scored
WHERE get_field(told, 'score') IS NOT NULL
