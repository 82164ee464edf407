SELECT account, subject, amount_cents FROM ledger_posting WHERE entry_id = ?1 ORDER BY position
