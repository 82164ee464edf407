INSERT INTO ledger_entry (entry_id, idempotency_key, effective_on, rule, memo, reverses,
    reversed_by, content_digest, mirror_digest)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?8)
ON CONFLICT (idempotency_key) DO NOTHING
