SELECT idempotency_key FROM ledger_entry WHERE entry_id = ?1
