INSERT INTO outbox_part (file_name, part, content) VALUES (?1, ?2, ?3)
