UPDATE bank_entry SET match_outcome = ?2, matched_trace = ?3 WHERE entry_key = ?1
