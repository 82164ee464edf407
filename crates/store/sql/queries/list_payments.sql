(SELECT '835' AS kind, trace_number AS key1, payer_identifier AS key2, payee_key AS key3, payer_id,
    effective_on AS day, match_outcome,
    CASE WHEN payer_name = '' THEN payee_key ELSE payer_name END AS partner,
    matched_cents AS bank_cents, amount_cents AS remitted_cents, amount_cents AS posted_cents,
    CASE WHEN match_outcome IN ('amount differs', 'partly matched', 'returned')
        THEN matched_cents - amount_cents ELSE 0 END AS leftover_cents,
    CASE match_outcome WHEN 'matched' THEN 'balanced' WHEN 'nothing to pay' THEN 'balanced'
        WHEN 'amount differs' THEN 'leftover' WHEN 'partly matched' THEN 'leftover'
        WHEN 'returned' THEN 'leftover' ELSE 'awaited' END AS outcome
FROM remittance
UNION ALL
SELECT 'bank' AS kind, entry_key AS key1, '' AS key2, '' AS key3, '' AS payer_id,
    posted_on AS day, match_outcome,
    payer_identifier AS partner, amount_cents AS bank_cents, 0 AS remitted_cents,
    0 AS posted_cents, amount_cents AS leftover_cents, 'no 835 yet' AS outcome
FROM bank_entry WHERE match_outcome IN ('unmatched bank', 'open')) AS payment
