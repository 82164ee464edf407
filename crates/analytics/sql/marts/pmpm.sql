-- Cost per member per month by category of service; the category 'all' is the sum of the others.
-- Only claims of covered months count. Quotients are rounded to the cent, half away from zero.
WITH months AS (
  SELECT payer, plan, data_source, year_month, sum(member_months) AS member_months
  FROM member_month
  GROUP BY payer, plan, data_source, year_month
),
categories AS (
  SELECT
    payer, plan, data_source, year_month, service_category,
    sum(paid_amount) AS paid_amount,
    sum(allowed_amount) AS allowed_amount,
    sum(member_cost_amount) AS member_cost_amount,
    sum(claim_lines) AS claim_lines
  FROM person_month_cost
  WHERE is_covered
  GROUP BY payer, plan, data_source, year_month, service_category
),
sums AS (
  SELECT * FROM categories
  UNION ALL
  SELECT
    months.payer, months.plan, months.data_source, months.year_month, 'all',
    sum(coalesce(categories.paid_amount, 0)), sum(coalesce(categories.allowed_amount, 0)),
    sum(coalesce(categories.member_cost_amount, 0)), sum(coalesce(categories.claim_lines, 0))
  FROM months
  LEFT JOIN categories
    ON categories.payer = months.payer
    AND categories.plan = months.plan
    AND categories.data_source = months.data_source
    AND categories.year_month = months.year_month
  GROUP BY months.payer, months.plan, months.data_source, months.year_month
)
SELECT
  sums.payer, sums.plan, sums.data_source, sums.year_month, sums.service_category,
  months.member_months,
  sums.claim_lines,
  CAST(sums.paid_amount AS DECIMAL(18, 2)) AS paid_amount,
  CAST(sums.allowed_amount AS DECIMAL(18, 2)) AS allowed_amount,
  CAST(sums.member_cost_amount AS DECIMAL(18, 2)) AS member_cost_amount,
  round_quotient(CAST(sums.paid_amount AS DECIMAL(18, 2)), months.member_months) AS paid_pmpm,
  round_quotient(CAST(sums.allowed_amount AS DECIMAL(18, 2)), months.member_months)
    AS allowed_pmpm
FROM sums
JOIN months
  ON months.payer = sums.payer
  AND months.plan = sums.plan
  AND months.data_source = sums.data_source
  AND months.year_month = sums.year_month
