SELECT 1 FROM twin_event
WHERE relationship_id = ?1 AND subject = 'file/' || ?2 AND kind = 'file.sent' LIMIT 1
