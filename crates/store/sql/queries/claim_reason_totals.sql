SELECT state, reason, count(*), coalesce(sum(charge_cents), 0)
FROM claim WHERE reason <> '' GROUP BY state, reason ORDER BY count(*) DESC, state, reason
