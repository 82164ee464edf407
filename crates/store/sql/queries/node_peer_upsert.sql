INSERT INTO node_peer (relationship_id, pin, addresses, fingerprint)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (relationship_id) DO UPDATE
SET pin = excluded.pin, addresses = excluded.addresses
