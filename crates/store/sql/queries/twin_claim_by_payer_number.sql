SELECT subject FROM twin_claim
WHERE claim_control_number = ?2 AND claim_control_number <> '' AND relationship_id = ?1
ORDER BY subject LIMIT 1
