SELECT event_id, chain FROM audit_event ORDER BY event_id DESC LIMIT 1
