UPDATE held_claim SET findings = ?3
WHERE file_digest = ?1 AND claim_ordinal = ?2 AND state = 'held'
