INSERT INTO interchange (sender, receiver, control_number, file_digest) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (sender, receiver, control_number) DO NOTHING
