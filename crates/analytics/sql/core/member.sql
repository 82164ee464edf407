-- One row for each person that a coverage span names. Where spans differ, the last one counts.
WITH placed AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY person_id
      ORDER BY last_day DESC, first_day DESC, data_source, payer, plan, member_id
    ) AS place
  FROM coverage
)
SELECT
  placed.person_id, placed.gender, placed.birth_date, deaths.death_date,
  placed.original_reason_entitlement_code, placed.dual_status_code, placed.medicare_status_code,
  placed.is_long_term_institutional,
  placed.state, placed.zip_code
FROM placed
JOIN (SELECT person_id, max(death_date) AS death_date FROM coverage GROUP BY person_id) AS deaths
  ON deaths.person_id = placed.person_id
WHERE placed.place = 1
