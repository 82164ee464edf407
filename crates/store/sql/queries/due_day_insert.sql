INSERT INTO due_day (due_key, due_on) VALUES (?1, ?2) ON CONFLICT (due_key) DO NOTHING
