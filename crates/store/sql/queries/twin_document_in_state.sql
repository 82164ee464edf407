SELECT d.relationship_id, d.digest, d.kind, d.name, d.length, d.state, d.place FROM twin_document d
CROSS JOIN twin_event e
WHERE d.relationship_id = ?1 AND d.state = ?2 AND e.relationship_id = d.relationship_id
    AND e.subject = 'file/' || d.digest AND e.kind = 'file.sent'
ORDER BY e.author, e.sequence
