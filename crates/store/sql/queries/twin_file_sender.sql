SELECT relationship_id FROM twin_document WHERE digest = ?1 ORDER BY relationship_id
