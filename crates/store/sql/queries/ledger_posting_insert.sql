INSERT INTO ledger_posting (entry_id, position, account, subject, amount_cents) VALUES (?1, ?2, ?3, ?4, ?5)
