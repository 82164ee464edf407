SELECT due.due_key, due.reason, due.reference, due.amount_cents, coalesce(day.due_on, '')
FROM provider_adjustment_due AS due LEFT JOIN due_day AS day ON day.due_key = due.due_key
WHERE due.payee_key = ?1 AND due.payment_trace = '' AND coalesce(day.due_on, '') <= ?2
ORDER BY due.due_key
