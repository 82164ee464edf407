INSERT INTO counter (name, last_number) VALUES (?1, 1)
ON CONFLICT (name) DO UPDATE SET last_number = counter.last_number + 1
