INSERT INTO account (account_id, name, roles, password_hash, is_open, last_seen)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
