INSERT INTO bank_entry (entry_key, reference, is_bank_reference, posted_on, amount_cents, trace_number,
    payer_identifier, check_number, is_return, line, description, match_outcome, matched_trace)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open', '')
ON CONFLICT (entry_key) DO NOTHING
