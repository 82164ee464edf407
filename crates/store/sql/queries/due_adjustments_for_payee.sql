SELECT due_key, reason, reference, amount_cents
FROM provider_adjustment_due WHERE payee_key = ?1 AND payment_trace = '' ORDER BY due_key
