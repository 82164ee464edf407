SELECT claim_control_number, idempotency_key, patient_control_number, billing_provider, payee_key,
    member_id, kind, frequency, fingerprint, received_on, service_from, service_to, charge_cents,
    source_file, source_segment, source_offset, claim_bytes, state, reason, allowed_cents,
    paid_cents, patient_cents, withhold_cents, interest_cents, decided_on, decided_by, replaces,
    remittance_loop, accumulator_changes, explanation, payment_trace, plan_id
FROM claim WHERE state = ?1 ORDER BY claim_control_number
