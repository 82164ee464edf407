SELECT author, sequence, event, body FROM twin_event
WHERE relationship_id = ?1 AND subject = ?2 ORDER BY author, sequence
