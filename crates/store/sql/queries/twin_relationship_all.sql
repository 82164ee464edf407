SELECT relationship_id, relationship, partner, own_name, author, payer_key, provider_key, nonce
FROM twin_relationship ORDER BY relationship_id
