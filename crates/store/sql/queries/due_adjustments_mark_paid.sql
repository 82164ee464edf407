UPDATE provider_adjustment_due SET payment_trace = ?2 WHERE due_key = ?1 AND payment_trace = ''
