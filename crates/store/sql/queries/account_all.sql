SELECT account_id, name, roles, password_hash, is_open, last_seen FROM account ORDER BY name
