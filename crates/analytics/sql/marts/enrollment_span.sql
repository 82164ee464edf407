-- Months without a gap in which a person was covered, as one row.
WITH numbered AS (
  SELECT
    *,
    CAST(date_part('year', first_day) AS BIGINT) * 12
      + CAST(date_part('month', first_day) AS BIGINT) AS month_number
  FROM member_month
),
islands AS (
  SELECT
    *,
    month_number - CAST(row_number() OVER (
      PARTITION BY person_id, payer, plan, data_source ORDER BY month_number
    ) AS BIGINT) AS island
  FROM numbered
)
SELECT
  person_id, payer, plan, data_source,
  min(year_month) AS first_year_month,
  max(year_month) AS last_year_month,
  sum(member_months) AS member_months
FROM islands
GROUP BY person_id, payer, plan, data_source, island
