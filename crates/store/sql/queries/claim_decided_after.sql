SELECT claim_control_number, decided_on, COUNT(*) OVER () FROM claim
WHERE state IN ('approved', 'denied') AND payment_trace = '' AND decided_on > ?1
ORDER BY claim_control_number LIMIT ?2
