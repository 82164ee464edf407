INSERT INTO accumulator (holder, is_family, plan_id, year_from, in_network, deductible_cents,
    out_of_pocket_cents)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (holder, is_family, plan_id, year_from, in_network) DO UPDATE SET
    deductible_cents = accumulator.deductible_cents + excluded.deductible_cents,
    out_of_pocket_cents = accumulator.out_of_pocket_cents + excluded.out_of_pocket_cents
