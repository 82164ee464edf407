-- Paid amounts by month of service and months until payment.
WITH lines AS (
  SELECT payer, data_source, 'medical' AS claim_kind, first_day, paid_date, paid_amount
  FROM medical_claim_line
  UNION ALL
  SELECT payer, data_source, 'pharmacy', first_day, paid_date, paid_amount
  FROM pharmacy_claim_line
)
SELECT
  payer, data_source, claim_kind, to_char(first_day, '%Y%m') AS year_month,
  CAST(
    (date_part('year', paid_date) - date_part('year', first_day)) * 12
      + date_part('month', paid_date) - date_part('month', first_day) AS BIGINT
  ) AS lag_months,
  count(*) AS claim_lines,
  CAST(sum(paid_amount) AS DECIMAL(18, 2)) AS paid_amount
FROM lines
WHERE first_day IS NOT NULL AND paid_date >= first_day
GROUP BY payer, data_source, claim_kind, 4, 5
