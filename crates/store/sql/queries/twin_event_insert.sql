INSERT INTO twin_event (relationship_id, author, sequence, kind, subject, event, body, leaf)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
