INSERT INTO twin_document (relationship_id, digest, kind, name, length, state, place)
VALUES (?1, ?2, ?3, ?4, ?5, 'named', '') ON CONFLICT (relationship_id, digest) DO NOTHING
