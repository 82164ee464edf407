SELECT file_digest, claim_ordinal FROM held_claim
WHERE state = 'held' AND findings LIKE ?1 ORDER BY held_on, file_digest, claim_ordinal
