SELECT i.relationship_id, r.relationship FROM twin_partner_identifier i
JOIN twin_relationship r ON r.relationship_id = i.relationship_id WHERE i.identifier = ?1
