SELECT kind, used_cents FROM accumulator WHERE owner = ?1 AND plan_id = ?2 AND benefit_year = ?3 ORDER BY kind
