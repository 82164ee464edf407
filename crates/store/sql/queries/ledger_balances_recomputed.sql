SELECT account,
    CAST(coalesce(sum(CASE WHEN amount_cents > 0 THEN amount_cents ELSE 0 END), 0) AS BIGINT),
    CAST(coalesce(sum(CASE WHEN amount_cents < 0 THEN -amount_cents ELSE 0 END), 0) AS BIGINT)
FROM ledger_posting GROUP BY account ORDER BY account
