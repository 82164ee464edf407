UPDATE account SET last_seen = ?2 WHERE account_id = ?1
