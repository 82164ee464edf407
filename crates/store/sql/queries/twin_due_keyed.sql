SELECT due_id, statements FROM twin_due
WHERE relationship_id = ?1 AND is_said = 0 AND due_key >= ?2 AND due_key < ?3 ORDER BY due_id
