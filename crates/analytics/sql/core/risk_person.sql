-- Each person in each payment year that follows a year with coverage, with the diagnoses of that
-- year that count. Where the source does not say why a person has Medicare, people of 65 or more
-- are taken to have it by age, younger ones by disability.
WITH years AS (
  SELECT
    person_id,
    CAST(substr(year_month, 1, 4) AS BIGINT) + 1 AS payment_year,
    count(DISTINCT year_month) AS months
  FROM member_month
  GROUP BY person_id, CAST(substr(year_month, 1, 4) AS BIGINT) + 1
),
diagnoses AS (
  SELECT
    person_id,
    CAST(date_part('year', first_day) AS BIGINT) + 1 AS payment_year,
    string_agg(DISTINCT diagnosis_code, ' ' ORDER BY diagnosis_code) AS diagnosis_codes
  FROM claim_diagnosis
  WHERE counts_for_risk AND first_day IS NOT NULL
  GROUP BY person_id, CAST(date_part('year', first_day) AS BIGINT) + 1
),
people AS (
  SELECT
    years.person_id, years.payment_year, years.months, member.birth_date, member.gender,
    member.original_reason_entitlement_code, member.medicare_status_code,
    member.dual_status_code, member.is_long_term_institutional,
    years.payment_year - CAST(date_part('year', member.birth_date) AS BIGINT)
      - CASE
          WHEN date_part('month', member.birth_date) > 2
            OR (date_part('month', member.birth_date) = 2 AND date_part('day', member.birth_date) > 1)
            THEN 1
          ELSE 0
        END AS age_years
  FROM years
  JOIN member ON member.person_id = years.person_id
  WHERE member.birth_date IS NOT NULL
    AND lower(member.gender) IN ('male', 'm', 'female', 'f')
)
SELECT
  people.person_id, people.payment_year, people.age_years,
  CASE WHEN lower(people.gender) IN ('male', 'm') THEN 'M' ELSE 'F' END AS sex,
  CASE
    WHEN people.original_reason_entitlement_code IN ('0', '1', '2', '3')
      THEN people.original_reason_entitlement_code
    WHEN people.age_years >= 65 THEN '0'
    ELSE '1'
  END AS original_entitlement,
  CASE
    WHEN people.medicare_status_code = '10' THEN '0'
    WHEN people.medicare_status_code = '20' THEN '1'
    WHEN people.medicare_status_code IN ('11', '31') THEN '2'
    WHEN people.medicare_status_code = '21' THEN '3'
    WHEN people.age_years >= 65 THEN '0'
    ELSE '1'
  END AS current_entitlement,
  coalesce(lpad(people.dual_status_code, 2, '0'), 'NA') AS dual_status_code,
  people.months < 12 AS is_new_enrollee,
  people.is_long_term_institutional,
  coalesce(diagnoses.diagnosis_codes, '') AS diagnosis_codes
FROM people
LEFT JOIN diagnoses
  ON diagnoses.person_id = people.person_id
  AND diagnoses.payment_year = people.payment_year
WHERE people.age_years BETWEEN 0 AND 120
