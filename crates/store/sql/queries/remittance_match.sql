UPDATE remittance SET match_outcome = ?4, matched_cents = ?5, settled_trace = ?6
WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3
