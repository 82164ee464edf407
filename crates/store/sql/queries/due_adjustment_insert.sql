INSERT INTO provider_adjustment_due (due_key, payee_key, reason, reference, amount_cents,
    payment_trace)
VALUES (?1, ?2, ?3, ?4, ?5, '')
ON CONFLICT (due_key) DO NOTHING
