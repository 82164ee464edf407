SELECT entry_key, posted_on, amount_cents, trace_number, payer_identifier, description,
    match_outcome, matched_trace
FROM bank_entry ORDER BY posted_on, entry_key
