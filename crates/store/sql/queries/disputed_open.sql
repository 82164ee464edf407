SELECT entry_key, payer_id, payee_key, trace_number, reason, reference, amount_cents FROM disputed_take_back
WHERE is_settled = 0 AND payer_id = ?1 AND payee_key = ?2 ORDER BY entry_key
