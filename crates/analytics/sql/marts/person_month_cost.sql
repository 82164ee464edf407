-- What was paid, allowed and owed by the member in each month, by category of service; months of
-- service. is_covered says whether the person was a member in that month: claims of months
-- without coverage are in the table, and not in the per-member-per-month amounts.
WITH lines AS (
  SELECT
    person_id, payer, plan, data_source, year_month, service_category, service_detail,
    paid_amount, allowed_amount, member_cost_amount
  FROM medical_claim_line
  UNION ALL
  SELECT
    person_id, payer, plan, data_source, year_month, 'pharmacy', 'pharmacy',
    paid_amount, allowed_amount, member_cost_amount
  FROM pharmacy_claim_line
)
SELECT
  lines.person_id, lines.payer, lines.plan, lines.data_source,
  coalesce(lines.year_month, '') AS year_month,
  lines.service_category, lines.service_detail,
  bool_or(member_month.person_id IS NOT NULL) AS is_covered,
  count(*) AS claim_lines,
  CAST(sum(lines.paid_amount) AS DECIMAL(18, 2)) AS paid_amount,
  CAST(sum(lines.allowed_amount) AS DECIMAL(18, 2)) AS allowed_amount,
  CAST(sum(lines.member_cost_amount) AS DECIMAL(18, 2)) AS member_cost_amount
FROM lines
LEFT JOIN member_month
  ON member_month.person_id = lines.person_id
  AND member_month.payer = lines.payer
  AND member_month.plan = lines.plan
  AND member_month.data_source = lines.data_source
  AND member_month.year_month = lines.year_month
GROUP BY
  lines.person_id, lines.payer, lines.plan, lines.data_source, lines.year_month,
  lines.service_category, lines.service_detail
