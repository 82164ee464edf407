INSERT INTO twin_half (relationship_id, author, size, chain) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (relationship_id, author) DO UPDATE SET size = excluded.size, chain = excluded.chain
