SELECT trace_number, payee_routing, payee_account, payee_id, payee_name FROM payment_credit
WHERE trace_number = ?1
