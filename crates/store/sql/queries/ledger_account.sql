SELECT entry.effective_on, entry.idempotency_key, posting.subject, entry.rule, entry.memo,
    entry.reverses, posting.amount_cents
FROM ledger_posting AS posting
JOIN ledger_entry AS entry ON entry.entry_id = posting.entry_id
WHERE posting.account = ?1
ORDER BY posting.entry_id, posting.position
