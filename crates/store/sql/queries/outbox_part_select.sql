SELECT content FROM outbox_part WHERE file_name = ?1 AND part = ?2
