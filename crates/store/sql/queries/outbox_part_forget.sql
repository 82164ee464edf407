DELETE FROM outbox_part
WHERE file_name = ?1 AND EXISTS (
    SELECT 1 FROM outbox WHERE outbox.file_name = outbox_part.file_name AND outbox.state = 'open')
