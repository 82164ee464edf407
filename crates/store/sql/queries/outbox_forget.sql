DELETE FROM outbox WHERE file_name = ?1 AND state = 'open'
