SELECT patient_control_number, payer_id, billing_provider, billed_on, charge_cents, expected_cents,
    source_file, state, claim_control_number, paid_cents, adjusted_cents, patient_cents
FROM receivable WHERE claim_control_number = ?1 AND billing_provider = ?2
ORDER BY patient_control_number
