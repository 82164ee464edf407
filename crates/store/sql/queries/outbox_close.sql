UPDATE outbox SET content_digest = ?2, state = 'pending' WHERE file_name = ?1 AND state = 'open'
