SELECT payee_key FROM claim
WHERE state IN ('approved', 'denied') AND payment_trace = '' AND decided_on <= ?1
UNION
SELECT due.payee_key FROM remittance_due AS due LEFT JOIN due_day AS day ON day.due_key = due.due_key
WHERE due.payment_trace = '' AND coalesce(day.due_on, '') <= ?1
UNION
SELECT due.payee_key FROM provider_adjustment_due AS due
LEFT JOIN due_day AS day ON day.due_key = due.due_key
WHERE due.payment_trace = '' AND coalesce(day.due_on, '') <= ?1
ORDER BY payee_key
