SELECT content_digest, mirror_digest, reversed_by, reverses FROM ledger_entry WHERE idempotency_key = ?1
