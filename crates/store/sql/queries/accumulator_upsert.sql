INSERT INTO accumulator (owner, plan_id, benefit_year, kind, used_cents)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (owner, plan_id, benefit_year, kind) DO UPDATE SET used_cents = excluded.used_cents
