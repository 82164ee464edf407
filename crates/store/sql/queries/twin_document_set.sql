UPDATE twin_document SET state = ?3, place = ?4 WHERE relationship_id = ?1 AND digest = ?2
