SELECT account, debit_cents, credit_cents FROM ledger_balance ORDER BY account
