ANALYZE claim, claim_record, ledger_entry, ledger_posting, accumulator, receivable
