INSERT INTO ledger_posting (entry_id, position, account, subject, amount_cents) VALUES {rows}
