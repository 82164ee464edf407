INSERT INTO bank_entry (entry_key, posted_on, amount_cents, trace_number, payer_identifier,
    description, match_outcome, matched_trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', '')
ON CONFLICT (entry_key) DO NOTHING
