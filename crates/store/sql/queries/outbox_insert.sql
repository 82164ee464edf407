INSERT INTO outbox (file_name, kind, source_key, content_digest, state)
VALUES (?1, ?2, ?3, '', 'open')
