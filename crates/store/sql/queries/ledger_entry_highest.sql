SELECT coalesce(max(entry_id), 0) FROM ledger_entry
