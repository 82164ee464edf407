SELECT claim_id FROM claim WHERE claim_control_number = ?1
