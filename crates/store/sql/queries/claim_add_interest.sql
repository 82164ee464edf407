UPDATE claim SET interest_cents = ?2 WHERE claim_id = ?1
