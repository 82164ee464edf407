INSERT INTO ledger_balance (account, debit_cents, credit_cents) VALUES (?1, ?2, ?3)
ON CONFLICT (account) DO UPDATE SET
    debit_cents = ledger_balance.debit_cents + excluded.debit_cents,
    credit_cents = ledger_balance.credit_cents + excluded.credit_cents
