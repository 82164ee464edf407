SELECT identifier FROM twin_partner_identifier WHERE relationship_id = ?1 ORDER BY identifier
