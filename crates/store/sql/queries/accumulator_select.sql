SELECT deductible_cents, out_of_pocket_cents FROM accumulator
WHERE holder = ?1 AND is_family = ?2 AND plan_id = ?3 AND year_from = ?4 AND in_network = ?5
