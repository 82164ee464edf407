INSERT INTO disputed_take_back (entry_key, payer_id, payee_key, trace_number, reason, reference, amount_cents, is_settled)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
ON CONFLICT (entry_key) DO NOTHING
