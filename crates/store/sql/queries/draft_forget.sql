DELETE FROM draft WHERE account_id = ?1 AND form = ?2
