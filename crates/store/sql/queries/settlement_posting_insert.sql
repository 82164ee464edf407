INSERT INTO settlement_posting
    (relationship_id, subject, ordinal, basis, digest, amount_cents, posted_on, decided_by, reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
