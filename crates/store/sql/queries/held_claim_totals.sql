SELECT state, COUNT(*), COALESCE(SUM(charge_cents), 0) FROM held_claim
GROUP BY state ORDER BY state
