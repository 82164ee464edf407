SELECT state, reason, count(*), CAST(coalesce(sum(charge_cents), 0) AS BIGINT)
FROM claim WHERE reason <> '' GROUP BY state, reason ORDER BY count(*) DESC, state, reason
