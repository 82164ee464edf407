SELECT entry_id, idempotency_key, effective_on, rule, memo, reverses FROM ledger_entry WHERE idempotency_key = ?1
