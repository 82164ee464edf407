SELECT size, chain FROM twin_half WHERE relationship_id = ?1 AND author = ?2
