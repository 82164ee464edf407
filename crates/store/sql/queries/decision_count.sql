SELECT COUNT(*) FROM decision_log
