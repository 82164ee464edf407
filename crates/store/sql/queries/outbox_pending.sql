SELECT file_name, kind, source_key, content_digest, state FROM outbox
WHERE state = 'pending' ORDER BY file_name
