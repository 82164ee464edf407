SELECT state, COUNT(*), COALESCE(SUM(charge_cents), 0) FROM receivable WHERE source_file = ?1
GROUP BY state ORDER BY state
