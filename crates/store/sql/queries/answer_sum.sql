SELECT COUNT(*), CAST(COALESCE(SUM(paid_cents), 0) AS BIGINT) FROM claim_answer
WHERE trace_number = ?1 AND payer_identifier = ?2 AND payee_key = ?3
