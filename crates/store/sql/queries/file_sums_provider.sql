SELECT state, COUNT(*), CAST(COALESCE(SUM(charge_cents), 0) AS BIGINT) FROM receivable WHERE source_file = ?1
GROUP BY state ORDER BY state
