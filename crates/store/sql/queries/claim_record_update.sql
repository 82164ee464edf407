UPDATE claim_record SET remittance_loop = ?2, accumulator_changes = ?3, explanation = ?4
WHERE claim_id = (SELECT claim_id FROM claim WHERE claim_control_number = ?1)
