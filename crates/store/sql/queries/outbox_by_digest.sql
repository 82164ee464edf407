SELECT file_name, kind, source_key, content_digest, state FROM outbox WHERE content_digest = ?1 AND content_digest <> ''
ORDER BY file_name LIMIT 1
