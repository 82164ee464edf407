INSERT INTO upload (digest, name, place, bytes, arrived_at, account)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
