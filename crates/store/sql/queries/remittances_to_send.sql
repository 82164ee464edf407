SELECT trace_number, payer_identifier, payee_key, payer_id, payer_name, fingerprint, amount_cents,
    claims, effective_on, method, file_digest, match_outcome, matched_cents, settled_trace
FROM remittance WHERE match_outcome = 'issued' ORDER BY effective_on, trace_number
