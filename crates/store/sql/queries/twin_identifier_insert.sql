INSERT INTO twin_partner_identifier (identifier, relationship_id) VALUES (?1, ?2)
