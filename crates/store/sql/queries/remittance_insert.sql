INSERT INTO remittance (trace_number, payer_identifier, payee_key, payer_id, payer_name, fingerprint, amount_cents,
    claims, effective_on, method, file_digest, match_outcome, matched_cents, settled_trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, '')
ON CONFLICT (trace_number, payer_identifier, payee_key) DO NOTHING
