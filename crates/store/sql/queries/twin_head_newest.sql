SELECT entry FROM twin_head WHERE relationship_id = ?1 AND author = ?2
ORDER BY size DESC LIMIT ?3
