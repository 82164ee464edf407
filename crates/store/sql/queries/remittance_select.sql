SELECT trace_number, payer_identifier, payee_key, payer_id, payer_name, fingerprint, amount_cents,
    claims, effective_on, method, file_digest, match_outcome, matched_cents, settled_trace
FROM remittance WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3
