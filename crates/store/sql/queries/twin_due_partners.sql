SELECT DISTINCT relationship_id FROM twin_due WHERE is_said = 0 ORDER BY relationship_id
