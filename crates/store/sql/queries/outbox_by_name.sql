SELECT file_name, kind, source_key, content_digest, state FROM outbox WHERE file_name = ?1
