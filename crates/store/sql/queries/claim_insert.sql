INSERT INTO claim (
    claim_id, claim_control_number, source_id, source_ordinal, patient_control_number,
    billing_provider, payee_key, member_id, kind, frequency, fingerprint, received_on,
    service_from, service_to, charge_cents, source_segment, source_offset, state, reason,
    allowed_cents, paid_cents, patient_cents, withhold_cents, interest_cents, decided_on,
    decided_by, replaces, payment_trace, plan_id, relationship_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
    ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)
