SELECT entry_id, reversed_by FROM ledger_entry WHERE idempotency_key = ?1
