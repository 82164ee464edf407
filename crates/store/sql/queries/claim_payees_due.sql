SELECT payee_key FROM claim WHERE state IN ('approved', 'denied') AND payment_trace = ''
UNION
SELECT payee_key FROM remittance_due WHERE payment_trace = ''
UNION
SELECT payee_key FROM provider_adjustment_due WHERE payment_trace = ''
ORDER BY payee_key
