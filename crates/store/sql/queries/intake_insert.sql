INSERT INTO intake_file (file_digest, name, kind, received_on, claims_done, finished)
VALUES (?1, ?2, ?3, ?4, 0, 0)
ON CONFLICT (file_digest) DO NOTHING
