SELECT relationship_id, digest, kind, name, length, state, place FROM twin_document
WHERE relationship_id = ?1 AND digest = ?2
