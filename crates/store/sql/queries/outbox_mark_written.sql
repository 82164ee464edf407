UPDATE outbox SET state = 'written' WHERE file_name = ?1 AND state = 'pending'
