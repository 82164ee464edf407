SELECT state, count(*), coalesce(sum(charge_cents), 0), coalesce(sum(paid_cents), 0)
FROM claim GROUP BY state ORDER BY state
