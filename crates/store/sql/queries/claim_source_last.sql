SELECT MAX(source_ordinal) FROM claim
WHERE source_id = (SELECT source_id FROM claim_source WHERE digest = ?1)
