SELECT state, COUNT(*), CAST(COALESCE(SUM(charge_cents), 0) AS BIGINT) FROM held_claim
GROUP BY state ORDER BY state
