UPDATE remittance SET match_outcome = ?3, matched_cents = ?4 WHERE trace_number = ?1 AND payer_identifier = ?2
