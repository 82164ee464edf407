INSERT INTO settlement_prepared (relationship_id, subject, digest) VALUES (?1, ?2, ?3)
ON CONFLICT (relationship_id, subject) DO UPDATE SET digest = excluded.digest
