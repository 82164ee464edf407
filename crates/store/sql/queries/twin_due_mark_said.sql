UPDATE twin_due SET is_said = 1, statements = x'' WHERE due_id = ?1
