INSERT INTO account_partner (account_id, relationship_id) VALUES (?1, ?2)
