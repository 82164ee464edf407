SELECT file_digest, claim_ordinal, billing_provider, patient_control_number, payer_id, charge_cents,
    cause, findings, claim_segments, file_name, held_on, state, closed_on, closed_by
FROM held_claim WHERE file_digest = ?1 AND claim_ordinal = ?2
