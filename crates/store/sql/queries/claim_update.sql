UPDATE claim SET state = ?2, reason = ?3, allowed_cents = ?4, paid_cents = ?5, patient_cents = ?6,
    withhold_cents = ?7, interest_cents = ?8, decided_on = ?9, decided_by = ?10,
    payment_trace = ?11, plan_id = ?12
WHERE claim_control_number = ?1
