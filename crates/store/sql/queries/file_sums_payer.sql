SELECT state, COUNT(*), CAST(COALESCE(SUM(charge_cents), 0) AS BIGINT) FROM claim
WHERE source_id = (SELECT source_id FROM claim_source WHERE digest = ?1)
GROUP BY state ORDER BY state
