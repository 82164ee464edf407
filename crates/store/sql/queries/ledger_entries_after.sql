SELECT entry_id, idempotency_key, effective_on, rule, memo, reverses FROM ledger_entry WHERE entry_id > ?1 ORDER BY entry_id LIMIT ?2
