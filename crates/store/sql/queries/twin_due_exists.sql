SELECT 1 FROM twin_due WHERE due_key = ?1
