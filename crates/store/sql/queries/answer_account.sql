SELECT trace_number, payer_identifier, payee_key, position, billing_provider, patient_control_number,
    payer_id, claim_control_number, status_code, frequency, effective_on, posted_on, charge_cents,
    paid_cents, contractual_cents, patient_cents, denied_cents, withheld_cents, other_cents,
    disposition, entry_key, is_said
FROM claim_answer WHERE billing_provider = ?1 AND patient_control_number = ?2
ORDER BY effective_on, length(trace_number), trace_number, payer_identifier, payee_key, position
