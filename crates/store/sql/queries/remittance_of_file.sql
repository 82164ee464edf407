SELECT trace_number, payer_identifier, payee_key FROM remittance WHERE file_digest = ?1
ORDER BY trace_number, payer_identifier, payee_key
