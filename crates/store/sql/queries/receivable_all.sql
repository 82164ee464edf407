SELECT billing_provider, patient_control_number, version, payer_id, frequency, replaces, billed_on,
    charge_cents, expected_cents, source_file, CAST('' AS BLOB) AS claim_segments, state, claim_control_number,
    paid_cents, adjusted_cents, patient_cents, bookings, twin_subject
FROM receivable ORDER BY billing_provider, patient_control_number, version
