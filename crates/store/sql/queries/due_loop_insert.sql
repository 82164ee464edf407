INSERT INTO remittance_due (due_key, payee_key, claim_control_number, paid_cents, charge_cents,
    remittance_loop, payment_trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, '')
ON CONFLICT (due_key) DO NOTHING
