SELECT account,
    coalesce(sum(CASE WHEN amount_cents > 0 THEN amount_cents ELSE 0 END), 0),
    coalesce(sum(CASE WHEN amount_cents < 0 THEN -amount_cents ELSE 0 END), 0)
FROM ledger_posting GROUP BY account ORDER BY account
