SELECT coalesce(max(claim_id), 0) FROM claim
