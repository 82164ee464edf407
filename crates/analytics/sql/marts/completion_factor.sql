-- Of months of service that are complete, which share was paid within how many months.
WITH ends AS (
  SELECT
    payer, data_source, claim_kind,
    max(
      CAST(substr(year_month, 1, 4) AS BIGINT) * 12 + CAST(substr(year_month, 5, 2) AS BIGINT)
        + lag_months
    ) AS last_month
  FROM claim_lag
  GROUP BY payer, data_source, claim_kind
),
mature AS (
  SELECT claim_lag.*
  FROM claim_lag
  JOIN ends
    ON ends.payer = claim_lag.payer
    AND ends.data_source = claim_lag.data_source
    AND ends.claim_kind = claim_lag.claim_kind
  WHERE claim_lag.lag_months <= 12
    AND CAST(substr(year_month, 1, 4) AS BIGINT) * 12 + CAST(substr(year_month, 5, 2) AS BIGINT)
      + 12 <= ends.last_month
),
lags AS (
  SELECT unnest(generate_series(0, 12)) AS lag_months
),
sums AS (
  SELECT
    mature.payer, mature.data_source, mature.claim_kind, lags.lag_months,
    CAST(sum(
      CASE WHEN mature.lag_months <= lags.lag_months THEN mature.paid_amount ELSE 0 END
    ) AS DECIMAL(18, 2)) AS paid_amount,
    CAST(sum(mature.paid_amount) AS DECIMAL(18, 2)) AS paid_amount_final
  FROM mature
  CROSS JOIN lags
  GROUP BY mature.payer, mature.data_source, mature.claim_kind, lags.lag_months
)
SELECT
  payer, data_source, claim_kind, lag_months, paid_amount, paid_amount_final,
  CAST(
    CAST(paid_amount AS DECIMAL(24, 6)) / CAST(nullif(paid_amount_final, 0) AS DECIMAL(18, 2))
    AS DECIMAL(18, 6)
  ) AS completion_factor
FROM sums
