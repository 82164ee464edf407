INSERT INTO twin_head (relationship_id, author, size, entry) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (relationship_id, author, size) DO UPDATE SET entry = excluded.entry
