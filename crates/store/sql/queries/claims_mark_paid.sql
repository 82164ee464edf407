UPDATE claim SET payment_trace = ?3, state = CASE WHEN state = 'approved' THEN 'paid' ELSE state END
WHERE claim_id IN (
    SELECT claim_id FROM claim
    WHERE payee_key = ?1 AND state IN ('approved', 'denied') AND payment_trace = ''
        AND decided_on <= ?4
    ORDER BY claim_control_number LIMIT ?2)
