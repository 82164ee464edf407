SELECT DISTINCT subject FROM twin_event WHERE relationship_id = ?1 AND kind = 'dispute.answered'
ORDER BY subject
