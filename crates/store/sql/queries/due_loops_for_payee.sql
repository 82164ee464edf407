SELECT due_key, claim_control_number, paid_cents, charge_cents, remittance_loop
FROM remittance_due WHERE payee_key = ?1 AND payment_trace = '' ORDER BY due_key LIMIT ?2
