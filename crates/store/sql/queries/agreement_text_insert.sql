INSERT INTO agreement_text (digest, kind, content) VALUES (?1, ?2, ?3)
ON CONFLICT (digest) DO NOTHING
