SELECT claim.claim_control_number, source.digest, claim.source_ordinal,
    claim.patient_control_number, claim.billing_provider, claim.payee_key, claim.member_id,
    claim.kind, claim.frequency, claim.fingerprint, claim.received_on, claim.service_from,
    claim.service_to, claim.charge_cents, claim.source_segment, claim.source_offset,
    record.claim_bytes, claim.state, claim.reason, claim.allowed_cents, claim.paid_cents,
    claim.patient_cents, claim.withhold_cents, claim.interest_cents, claim.decided_on,
    claim.decided_by, claim.replaces, record.remittance_loop, record.accumulator_changes,
    record.explanation, claim.payment_trace, claim.plan_id,
    claim.relationship_id
FROM claim
JOIN claim_record AS record ON record.claim_id = claim.claim_id
JOIN claim_source AS source ON source.source_id = claim.source_id
WHERE claim.state = 'pended' ORDER BY claim.claim_control_number
