SELECT COALESCE(SUM(LENGTH(content)), 0) FROM outbox_part WHERE file_name = ?1
