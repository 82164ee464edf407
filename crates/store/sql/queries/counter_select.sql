SELECT last_number FROM counter WHERE name = ?1
