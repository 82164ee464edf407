SELECT claim_control_number, state FROM claim
WHERE fingerprint = ?1 AND state NOT IN ('rejected', 'voided', 'reversed')
    AND (claim_id < ?2 OR state IN ('approved', 'paid')) AND claim_id <= ?3
ORDER BY claim_control_number
LIMIT 8
