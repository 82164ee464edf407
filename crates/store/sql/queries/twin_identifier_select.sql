SELECT relationship_id FROM twin_partner_identifier WHERE identifier = ?1
