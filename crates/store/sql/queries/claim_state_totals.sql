SELECT state, count(*), coalesce(sum(charge_cents), 0),
    coalesce(sum(CASE WHEN state = 'paid' THEN paid_cents ELSE 0 END), 0)
FROM claim GROUP BY state ORDER BY state
