UPDATE held_claim SET state = ?3, closed_on = ?4, closed_by = ?5
WHERE file_digest = ?1 AND claim_ordinal = ?2 AND state = 'held'
