SELECT billing_provider, patient_control_number, paid_cents FROM claim_answer
WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3 ORDER BY position LIMIT ?4
