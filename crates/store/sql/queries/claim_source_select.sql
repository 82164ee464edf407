SELECT source_id FROM claim_source WHERE digest = ?1
