INSERT INTO draft (account_id, form, fields) VALUES (?1, ?2, ?3)
