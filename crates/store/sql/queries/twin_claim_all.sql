SELECT relationship_id, subject, standing, state_hash, claim_control_number, patient_control_number,
    charge_cents, allowed_cents, paid_cents, patient_cents, posted_cents, dispute, out_of_turn,
    submitted_at, received_at, decided_at, paid_at, posted_at
FROM twin_claim WHERE relationship_id = ?1 ORDER BY subject
