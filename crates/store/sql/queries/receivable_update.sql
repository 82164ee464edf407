UPDATE receivable SET state = ?2, claim_control_number = ?3, paid_cents = ?4, adjusted_cents = ?5,
    patient_cents = ?6
WHERE patient_control_number = ?1
