INSERT INTO claim_answer (trace_number, payer_identifier, payee_key, position, billing_provider, patient_control_number,
    payer_id, claim_control_number, status_code, frequency, effective_on, posted_on, charge_cents,
    paid_cents, contractual_cents, patient_cents, denied_cents, withheld_cents, other_cents,
    disposition, entry_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
    ?21)
