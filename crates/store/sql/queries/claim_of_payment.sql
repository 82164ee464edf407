SELECT claim_control_number, paid_cents FROM claim WHERE payment_trace = ?1 AND payment_trace <> ''
ORDER BY claim_control_number LIMIT ?2
