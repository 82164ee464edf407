SELECT holder, is_family, plan_id, year_from, in_network, deductible_cents, out_of_pocket_cents
FROM accumulator WHERE holder = ?1 ORDER BY is_family, plan_id, year_from, in_network
