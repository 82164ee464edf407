-- What a payer returned whole is looked for by the provider at each answer; few claims are.
CREATE INDEX IF NOT EXISTS twin_claim_refused ON twin_claim (relationship_id, subject)
    WHERE standing = 'rejected' AND received_at = 0;
