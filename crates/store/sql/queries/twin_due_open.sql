SELECT due_id, statements FROM twin_due
WHERE relationship_id = ?1 AND is_said = 0 ORDER BY due_id LIMIT ?2
