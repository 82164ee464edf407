SELECT invitation_number, partner, identifiers, expires_at, secret, nonce, addresses, wrong_proofs,
    used_pin, used_key
FROM node_invitation
WHERE invitation_number = ?1
