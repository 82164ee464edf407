UPDATE node_invitation SET wrong_proofs = wrong_proofs + 1
WHERE invitation_number = ?1 AND length(used_pin) = 0
