SELECT state, COUNT(*), COALESCE(SUM(charge_cents), 0) FROM claim
WHERE source_id = (SELECT source_id FROM claim_source WHERE digest = ?1)
GROUP BY state ORDER BY state
