UPDATE claim SET interest_cents = ?2, remittance_loop = ?3, explanation = explanation || ?4
WHERE claim_control_number = ?1
