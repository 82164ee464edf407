INSERT INTO counter (name, last_number) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET last_number = counter.last_number + excluded.last_number
