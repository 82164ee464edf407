SELECT due.due_key, due.claim_control_number, due.paid_cents, due.charge_cents, due.remittance_loop,
    coalesce(day.due_on, '')
FROM remittance_due AS due LEFT JOIN due_day AS day ON day.due_key = due.due_key
WHERE due.payee_key = ?1 AND due.payment_trace = '' AND coalesce(day.due_on, '') <= ?3
ORDER BY due.due_key LIMIT ?2
