UPDATE claim_record SET remittance_loop = ?2, explanation = explanation || ?3 WHERE claim_id = ?1
