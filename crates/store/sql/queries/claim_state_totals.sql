SELECT state, count(*), CAST(coalesce(sum(charge_cents), 0) AS BIGINT),
    CAST(coalesce(sum(CASE WHEN state = 'paid' THEN paid_cents ELSE 0 END), 0) AS BIGINT)
FROM claim GROUP BY state ORDER BY state
