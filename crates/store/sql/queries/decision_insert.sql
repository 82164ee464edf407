INSERT INTO decision_log (claim_control_number, decided_on, decided_by, verdict, reason)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (claim_control_number, decided_on, decided_by, verdict) DO NOTHING
