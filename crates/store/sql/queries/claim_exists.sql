SELECT 1 FROM claim WHERE claim_control_number = ?1
