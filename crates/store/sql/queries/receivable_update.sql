UPDATE receivable SET state = ?4, claim_control_number = ?5, paid_cents = ?6, adjusted_cents = ?7,
    patient_cents = ?8, bookings = ?9
WHERE billing_provider = ?1 AND patient_control_number = ?2 AND version = ?3
