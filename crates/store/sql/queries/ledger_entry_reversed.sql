UPDATE ledger_entry SET reversed_by = ?2 WHERE idempotency_key = ?1
