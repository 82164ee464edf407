INSERT INTO twin_relationship (relationship_id, relationship, partner, own_name, author, payer_key,
    provider_key, nonce)
VALUES ((SELECT COALESCE(MAX(relationship_id), 0) + 1 FROM twin_relationship), ?1, ?2, ?3, ?4, ?5,
    ?6, ?7)
