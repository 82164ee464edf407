SELECT claim_control_number, state FROM claim
WHERE fingerprint = ?1 AND state NOT IN ('rejected', 'voided', 'reversed')
ORDER BY claim_control_number
LIMIT 8
