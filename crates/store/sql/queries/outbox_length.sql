SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM outbox_part WHERE file_name = ?1
