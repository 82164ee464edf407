-- One row for each finding in the imported rows, with the file and line where it lies.
WITH lines AS (
  SELECT
    'medical_claim' AS table_name, source_file, source_line, source_import,
    data_source, claim_id, claim_line_number, person_id, coalesce(payer, '') AS payer,
    coalesce(plan, '') AS plan, file_date,
    coalesce(claim_line_start_date, claim_start_date, admission_date) AS first_day,
    coalesce(claim_line_end_date, claim_end_date, discharge_date) AS last_day,
    paid_date, paid_amount, allowed_amount, charge_amount,
    coalesce(coinsurance_amount, 0) + coalesce(copayment_amount, 0)
      + coalesce(deductible_amount, 0) AS member_cost_amount
  FROM input.medical_claim
  UNION ALL
  SELECT
    'pharmacy_claim', source_file, source_line, source_import,
    data_source, claim_id, claim_line_number, person_id, coalesce(payer, ''),
    coalesce(plan, ''), file_date, coalesce(dispensing_date, paid_date), dispensing_date,
    paid_date, paid_amount, allowed_amount, charge_amount,
    coalesce(coinsurance_amount, 0) + coalesce(copayment_amount, 0)
      + coalesce(deductible_amount, 0)
  FROM input.pharmacy_claim
),
judged_lines AS (
  SELECT
    lines.*,
    member.person_id IS NULL AS has_no_member,
    member_month.person_id IS NULL AS has_no_month,
    member.birth_date,
    member.death_date,
    row_number() OVER (
      PARTITION BY lines.table_name, lines.data_source, lines.claim_id, lines.claim_line_number
      ORDER BY lines.file_date DESC NULLS LAST, lines.source_file DESC, lines.source_line DESC,
        lines.source_import
    ) AS place
  FROM lines
  LEFT JOIN member ON member.person_id = lines.person_id
  LEFT JOIN member_month
    ON member_month.person_id = lines.person_id
    AND member_month.payer = lines.payer
    AND member_month.plan = lines.plan
    AND member_month.data_source = lines.data_source
    AND member_month.year_month = to_char(lines.first_day, '%Y%m')
),
line_findings AS (
  SELECT
    table_name, source_file, source_line, source_import,
    unnest(make_array(
      CASE WHEN place > 1 THEN 'claim-line-repeated' END,
      CASE WHEN has_no_member THEN 'claim-without-member' END,
      CASE WHEN has_no_month AND NOT has_no_member AND first_day IS NOT NULL
        THEN 'claim-outside-coverage' END,
      CASE WHEN first_day IS NULL THEN 'claim-line-without-day' END,
      CASE WHEN last_day < first_day THEN 'claim-line-ends-before-it-begins' END,
      CASE WHEN first_day < birth_date THEN 'service-before-birth' END,
      CASE WHEN first_day > death_date THEN 'service-after-death' END,
      CASE WHEN paid_date < first_day THEN 'paid-before-service' END,
      CASE WHEN paid_amount IS NOT NULL AND allowed_amount IS NULL THEN 'allowed-missing' END,
      CASE WHEN paid_amount > allowed_amount THEN 'paid-above-allowed' END,
      CASE WHEN paid_amount <= allowed_amount
        AND paid_amount + member_cost_amount > allowed_amount THEN 'parts-above-allowed' END,
      CASE WHEN allowed_amount > charge_amount THEN 'allowed-above-charge' END
    )) AS check_code
  FROM judged_lines
),
placed_spans AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY person_id, coalesce(member_id, ''), coalesce(payer, ''), coalesce(plan, ''),
        data_source, enrollment_start_date, enrollment_end_date
      ORDER BY file_date DESC NULLS LAST, source_file DESC, source_line DESC, source_import
    ) AS place
  FROM input.eligibility
),
spans AS (
  SELECT
    *,
    max(
      CASE WHEN place = 1 THEN coalesce(enrollment_end_date, DATE '9999-12-31') END
    ) OVER (
      PARTITION BY person_id, coalesce(payer, ''), coalesce(plan, ''), data_source
      ORDER BY enrollment_start_date, enrollment_end_date, source_import, source_line
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS last_day_before
  FROM placed_spans
),
span_findings AS (
  SELECT
    'eligibility' AS table_name, source_file, source_line, source_import,
    unnest(make_array(
      CASE WHEN place > 1 THEN 'coverage-repeated' END,
      CASE WHEN place = 1 AND enrollment_start_date <= last_day_before
        THEN 'coverage-overlaps' END,
      CASE WHEN enrollment_end_date < enrollment_start_date
        THEN 'coverage-ends-before-it-begins' END,
      CASE WHEN enrollment_end_date IS NULL OR enrollment_end_date >= DATE '2099-12-31'
        THEN 'coverage-end-open' END,
      CASE WHEN enrollment_start_date < DATE '1900-01-01'
        OR enrollment_start_date >= DATE '2099-12-31' THEN 'coverage-day-impossible' END,
      CASE WHEN birth_date IS NULL THEN 'birth-day-missing' END
    )) AS check_code
  FROM spans
),
findings AS (
  SELECT * FROM line_findings WHERE check_code IS NOT NULL
  UNION ALL
  SELECT * FROM span_findings WHERE check_code IS NOT NULL
)
SELECT
  quality_check.check_code, quality_check.severity, findings.table_name,
  findings.source_file, findings.source_line, findings.source_import
FROM findings
JOIN quality_check ON quality_check.check_code = findings.check_code
