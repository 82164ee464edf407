INSERT INTO payment_credit (trace_number, payee_routing, payee_account, payee_id, payee_name)
VALUES (?1, ?2, ?3, ?4, ?5)
