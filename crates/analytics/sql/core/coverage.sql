-- One row for each coverage span. A span that several files name is taken from the file with the
-- latest day, then the last line. A span that ends before it begins is left out; the table
-- quality_finding names it. An end that is blank or from 2099-12-31 on is open: it is set to the
-- last day that any claim or file of the lake names. Days before 1900 do not count, and spans that
-- begin from 2099-12-31 on are left out: no person was covered then.
WITH horizon AS (
  SELECT max(day) AS last_day
  FROM (
    SELECT coalesce(claim_line_end_date, claim_end_date, claim_start_date) AS day
    FROM input.medical_claim
    UNION ALL SELECT paid_date FROM input.medical_claim
    UNION ALL SELECT coalesce(dispensing_date, paid_date) FROM input.pharmacy_claim
    UNION ALL SELECT enrollment_start_date FROM input.eligibility
    UNION ALL SELECT file_date FROM input.eligibility
  ) AS days
  WHERE day < DATE '2099-12-31'
),
named AS (
  SELECT
    person_id,
    coalesce(member_id, '') AS member_id,
    coalesce(payer, '') AS payer,
    coalesce(plan, '') AS plan,
    data_source,
    greatest(enrollment_start_date, DATE '1900-01-01') AS first_day,
    CASE
      WHEN enrollment_end_date IS NULL OR enrollment_end_date >= DATE '2099-12-31'
        THEN greatest(horizon.last_day, enrollment_start_date, DATE '1900-01-01')
      ELSE enrollment_end_date
    END AS last_day,
    enrollment_end_date IS NULL OR enrollment_end_date >= DATE '2099-12-31' AS is_open,
    payer_type, gender, birth_date, death_date, original_reason_entitlement_code,
    dual_status_code, medicare_status_code, long_term_institutional_flag, state, zip_code,
    source_file, source_line,
    row_number() OVER (
      PARTITION BY person_id, coalesce(member_id, ''), coalesce(payer, ''), coalesce(plan, ''),
        data_source, enrollment_start_date, enrollment_end_date
      ORDER BY file_date DESC NULLS LAST, source_file DESC, source_line DESC, source_import
    ) AS place
  FROM input.eligibility
  CROSS JOIN horizon
),
spans AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY person_id, member_id, payer, plan, data_source, first_day, last_day
      ORDER BY is_open, source_file DESC, source_line DESC
    ) AS span_place
  FROM named
  WHERE place = 1 AND last_day >= first_day AND first_day < DATE '2099-12-31'
)
SELECT
  person_id, member_id, payer, plan, data_source, first_day, last_day, is_open,
  payer_type, gender, birth_date, death_date, original_reason_entitlement_code,
  dual_status_code, medicare_status_code,
  coalesce(long_term_institutional_flag = '1', false) AS is_long_term_institutional,
  state, zip_code,
  source_file, source_line
FROM spans
WHERE span_place = 1
