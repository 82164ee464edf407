SELECT event_id, at, account, role, action, subject, purpose, clause, request FROM audit_event
WHERE event_id = ?1
