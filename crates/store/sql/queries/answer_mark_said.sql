UPDATE claim_answer SET is_said = 1
WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3 AND position = ?4
