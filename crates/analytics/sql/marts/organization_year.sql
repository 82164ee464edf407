-- Members, cost and returns of each organization in each year, by each method of assignment.
WITH methods AS (
  SELECT DISTINCT method FROM attribution
),
months AS (
  SELECT
    methods.method,
    CAST(substr(member_month.year_month, 1, 4) AS BIGINT) AS performance_year,
    member_month.payer, member_month.person_id, sum(member_month.member_months) AS member_months
  FROM member_month
  CROSS JOIN methods
  GROUP BY
    methods.method, substr(member_month.year_month, 1, 4), member_month.payer,
    member_month.person_id
),
costs AS (
  SELECT
    CAST(substr(year_month, 1, 4) AS BIGINT) AS performance_year, payer, person_id,
    sum(paid_amount) AS paid_amount, sum(allowed_amount) AS allowed_amount
  FROM person_month_cost
  WHERE is_covered
  GROUP BY substr(year_month, 1, 4), payer, person_id
),
assigned AS (
  SELECT
    method, performance_year, payer, person_id, organization_id,
    row_number() OVER (
      PARTITION BY method, performance_year, payer, person_id ORDER BY data_source
    ) AS place
  FROM attribution
),
returns AS (
  SELECT
    person_id,
    CAST(date_part('year', last_day) AS BIGINT) AS performance_year,
    count(*) AS index_admissions,
    sum(CASE WHEN is_unplanned_readmitted_30_days THEN 1 ELSE 0 END) AS unplanned_readmissions
  FROM readmission
  WHERE is_index_admission
  GROUP BY person_id, date_part('year', last_day)
)
SELECT
  months.method, months.performance_year, months.payer,
  coalesce(assigned.organization_id, '') AS organization_id,
  count(DISTINCT months.person_id) AS members,
  sum(months.member_months) AS member_months,
  CAST(sum(coalesce(costs.paid_amount, 0)) AS DECIMAL(18, 2)) AS paid_amount,
  CAST(sum(coalesce(costs.allowed_amount, 0)) AS DECIMAL(18, 2)) AS allowed_amount,
  round_quotient(
    CAST(sum(coalesce(costs.paid_amount, 0)) AS DECIMAL(18, 2)), sum(months.member_months)
  ) AS paid_pmpm,
  sum(coalesce(returns.index_admissions, 0)) AS index_admissions,
  sum(coalesce(returns.unplanned_readmissions, 0)) AS unplanned_readmissions
FROM months
LEFT JOIN assigned
  ON assigned.method = months.method
  AND assigned.performance_year = months.performance_year
  AND assigned.payer = months.payer
  AND assigned.person_id = months.person_id
  AND assigned.place = 1
LEFT JOIN costs
  ON costs.performance_year = months.performance_year
  AND costs.payer = months.payer
  AND costs.person_id = months.person_id
LEFT JOIN returns
  ON returns.performance_year = months.performance_year
  AND returns.person_id = months.person_id
GROUP BY
  months.method, months.performance_year, months.payer, coalesce(assigned.organization_id, '')
