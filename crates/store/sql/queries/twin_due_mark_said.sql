UPDATE twin_due SET is_said = 1, statements = CAST('' AS BLOB) WHERE due_id = ?1
