SELECT file_digest, claim_ordinal, billing_provider, patient_control_number, payer_id, charge_cents,
    cause, findings, file_name, held_on, state, closed_on, closed_by
FROM held_claim WHERE state = ?1 ORDER BY held_on, file_digest, claim_ordinal
