UPDATE claim SET payment_trace = ?2, state = CASE WHEN state = 'approved' THEN 'paid' ELSE state END
WHERE claim_id = ?1 AND state IN ('approved', 'denied') AND payment_trace = ''
