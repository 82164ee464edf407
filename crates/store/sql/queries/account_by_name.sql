SELECT account.account_id, name, roles, password_hash, is_open, last_seen,
    COALESCE(relationship_id, 0)
FROM account LEFT JOIN account_partner ON account_partner.account_id = account.account_id
WHERE name = ?1
