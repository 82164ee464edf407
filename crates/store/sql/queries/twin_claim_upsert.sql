INSERT INTO twin_claim (relationship_id, subject, standing, state_hash, claim_control_number,
    patient_control_number, charge_cents, allowed_cents, paid_cents, patient_cents, posted_cents,
    dispute, out_of_turn, submitted_at, received_at, decided_at, paid_at, posted_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
ON CONFLICT (relationship_id, subject) DO UPDATE SET standing = excluded.standing,
    state_hash = excluded.state_hash, claim_control_number = excluded.claim_control_number,
    patient_control_number = excluded.patient_control_number,
    charge_cents = excluded.charge_cents, allowed_cents = excluded.allowed_cents,
    paid_cents = excluded.paid_cents, patient_cents = excluded.patient_cents,
    posted_cents = excluded.posted_cents, dispute = excluded.dispute,
    out_of_turn = excluded.out_of_turn, submitted_at = excluded.submitted_at,
    received_at = excluded.received_at, decided_at = excluded.decided_at,
    paid_at = excluded.paid_at, posted_at = excluded.posted_at
