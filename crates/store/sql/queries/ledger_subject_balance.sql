SELECT coalesce(sum(amount_cents), 0) FROM ledger_posting
WHERE account = ?1 AND subject = ?2
