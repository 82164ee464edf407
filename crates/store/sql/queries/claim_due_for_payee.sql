SELECT claim_control_number, paid_cents, charge_cents, withhold_cents, plan_id, received_on,
    service_from, remittance_loop
FROM claim
WHERE payee_key = ?1 AND state IN ('approved', 'denied') AND payment_trace = ''
ORDER BY claim_control_number LIMIT ?2
