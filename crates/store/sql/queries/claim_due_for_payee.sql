SELECT claim.claim_id, claim.claim_control_number, claim.paid_cents, claim.charge_cents,
    claim.withhold_cents, claim.plan_id, claim.received_on, claim.service_from,
    record.remittance_loop, source.digest, claim.source_ordinal, claim.relationship_id
FROM claim
JOIN claim_record AS record ON record.claim_id = claim.claim_id
JOIN claim_source AS source ON source.source_id = claim.source_id
WHERE claim.payee_key = ?1 AND claim.state IN ('approved', 'denied') AND claim.payment_trace = ''
    AND claim.decided_on <= ?3
ORDER BY claim.claim_control_number LIMIT ?2
