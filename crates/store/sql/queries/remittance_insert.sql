INSERT INTO remittance (trace_number, payer_identifier, payee_key, amount_cents, claims,
    effective_on, method, file_digest, match_outcome, matched_cents)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', 0)
ON CONFLICT (trace_number, payer_identifier) DO NOTHING
