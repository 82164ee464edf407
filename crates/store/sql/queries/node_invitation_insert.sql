INSERT INTO node_invitation (invitation_number, partner, identifiers, expires_at, secret, nonce,
    addresses, wrong_proofs, used_pin, used_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8)
ON CONFLICT (invitation_number) DO NOTHING
