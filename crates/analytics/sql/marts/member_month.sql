-- One row for each month in which a person was covered on at least one day. Spans that overlap
-- count once.
WITH months AS (
  SELECT
    person_id, payer, plan, data_source, member_id, birth_date,
    unnest(
      generate_series(
        date_trunc('month', first_day), date_trunc('month', last_day), INTERVAL '1 month'
      )
    ) AS month
  FROM coverage
)
SELECT
  person_id, payer, plan, data_source,
  to_char(month, '%Y%m') AS year_month,
  CAST(month AS DATE) AS first_day,
  CAST(1 AS BIGINT) AS member_months,
  min(member_id) AS member_id
FROM months
GROUP BY person_id, payer, plan, data_source, month
