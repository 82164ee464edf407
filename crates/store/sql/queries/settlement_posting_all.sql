SELECT basis, digest, amount_cents, posted_on, decided_by, reason FROM settlement_posting
WHERE relationship_id = ?1 AND subject = ?2 ORDER BY ordinal
