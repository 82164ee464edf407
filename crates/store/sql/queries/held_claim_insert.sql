INSERT INTO held_claim
    (file_digest, claim_ordinal, billing_provider, patient_control_number, payer_id, charge_cents,
    cause, findings, claim_segments, file_name, held_on, state, closed_on, closed_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'held', '', '')
ON CONFLICT (file_digest, claim_ordinal) DO NOTHING
