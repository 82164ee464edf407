-- How often each check speaks in each table, among how many rows.
WITH sizes AS (
  SELECT 'medical_claim' AS table_name, count(*) AS table_rows FROM input.medical_claim
  UNION ALL SELECT 'pharmacy_claim', count(*) FROM input.pharmacy_claim
  UNION ALL SELECT 'eligibility', count(*) FROM input.eligibility
)
SELECT
  quality_check.check_code, sizes.table_name, quality_check.severity,
  count(*) AS findings, max(sizes.table_rows) AS table_rows,
  quality_check.meaning, quality_check.breaks, quality_check.next_step
FROM quality_finding
JOIN quality_check ON quality_check.check_code = quality_finding.check_code
JOIN sizes ON sizes.table_name = quality_finding.table_name
GROUP BY
  quality_check.check_code, sizes.table_name, quality_check.severity, quality_check.meaning,
  quality_check.breaks, quality_check.next_step
