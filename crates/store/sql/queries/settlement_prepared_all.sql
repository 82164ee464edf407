SELECT subject, digest FROM settlement_prepared WHERE relationship_id = ?1 ORDER BY subject
