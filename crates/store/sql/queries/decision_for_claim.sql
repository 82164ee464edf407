SELECT decided_on, decided_by, verdict, reason FROM decision_log WHERE claim_control_number = ?1 ORDER BY decided_on, decided_by, verdict
