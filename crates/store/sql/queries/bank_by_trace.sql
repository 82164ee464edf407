SELECT entry_key, reference, is_bank_reference, posted_on, amount_cents, trace_number,
    payer_identifier, check_number, is_return, line, description, match_outcome, matched_trace
FROM bank_entry WHERE matched_trace = ?1 ORDER BY posted_on, entry_key
