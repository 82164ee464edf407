SELECT subject, CAST(sum(amount_cents) AS BIGINT) FROM ledger_posting WHERE account = ?1
GROUP BY subject HAVING sum(amount_cents) <> 0 ORDER BY subject
