SELECT trace_number, payer_identifier, payee_key, amount_cents, claims, effective_on, method,
    file_digest, match_outcome, matched_cents
FROM remittance WHERE trace_number = ?1 AND payer_identifier = ?2
