INSERT INTO twin_due (due_id, relationship_id, due_key, statements, is_said)
VALUES ((SELECT COALESCE(MAX(due_id), 0) + 1 FROM twin_due), ?1, ?2, ?3, 0)
