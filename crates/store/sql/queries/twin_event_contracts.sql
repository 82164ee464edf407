SELECT author, sequence, event, body FROM twin_event
WHERE relationship_id = ?1 AND kind = 'contract.signed' ORDER BY author, sequence
