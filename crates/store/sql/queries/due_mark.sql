SELECT claims.count, claims.highest, loops.count, adjustments.count
FROM (SELECT COUNT(*) AS count, COALESCE(MAX(claim_id), 0) AS highest FROM claim
    WHERE state IN ('approved', 'denied') AND payment_trace = '') AS claims,
    (SELECT COUNT(*) AS count FROM remittance_due WHERE payment_trace = '') AS loops,
    (SELECT COUNT(*) AS count FROM provider_adjustment_due WHERE payment_trace = '') AS adjustments
