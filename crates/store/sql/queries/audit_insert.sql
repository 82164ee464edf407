INSERT INTO audit_event (event_id, at, account, role, action, subject, purpose, clause, request, chain)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
