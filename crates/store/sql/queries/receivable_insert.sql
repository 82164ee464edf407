INSERT INTO receivable (patient_control_number, payer_id, billing_provider, billed_on,
    charge_cents, expected_cents, source_file, state, claim_control_number, paid_cents,
    adjusted_cents, patient_cents)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'billed', '', 0, 0, 0)
ON CONFLICT (patient_control_number) DO NOTHING
