INSERT INTO receivable (billing_provider, patient_control_number, version, payer_id, frequency, replaces, billed_on,
    charge_cents, expected_cents, source_file, claim_segments, state, claim_control_number,
    paid_cents, adjusted_cents, patient_cents, bookings, twin_subject)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
    ?18)
