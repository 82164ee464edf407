SELECT subject FROM twin_event WHERE relationship_id = ?1 AND author = ?2 AND sequence >= ?3
ORDER BY sequence LIMIT ?4
