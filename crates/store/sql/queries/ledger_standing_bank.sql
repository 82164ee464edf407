SELECT idempotency_key, content_digest FROM ledger_entry
WHERE reversed_by = '' AND
    rule IN ('provider.cash_received', 'provider.cash_matched', 'provider.payment_returned')
ORDER BY idempotency_key
