SELECT owner, plan_id, benefit_year, kind, used_cents FROM accumulator ORDER BY owner, plan_id, benefit_year, kind
