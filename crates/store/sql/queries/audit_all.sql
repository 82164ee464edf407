SELECT event_id, at, account, role, action, subject, purpose, clause, request, chain
FROM audit_event ORDER BY event_id
