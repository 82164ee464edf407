UPDATE claim_answer SET disposition = ?5, entry_key = ?6
WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3 AND position = ?4
