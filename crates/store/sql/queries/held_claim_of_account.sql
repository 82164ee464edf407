SELECT file_digest, claim_ordinal, billing_provider, patient_control_number, payer_id, charge_cents,
    cause, findings, claim_segments, file_name, held_on, state, closed_on, closed_by
FROM held_claim
WHERE billing_provider = ?1 AND patient_control_number = ?2 AND state = 'held'
ORDER BY payer_id, held_on, file_digest, claim_ordinal
