SELECT CAST(coalesce(sum(amount_cents), 0) AS BIGINT) FROM ledger_posting
WHERE account = ?1 AND subject = ?2
