UPDATE node_invitation SET used_pin = ?2, used_key = ?3
WHERE invitation_number = ?1
    AND (length(used_pin) = 0 OR (used_pin = ?2 AND used_key = ?3))
