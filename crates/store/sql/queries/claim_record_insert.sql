INSERT INTO claim_record (claim_id, claim_bytes, remittance_loop, accumulator_changes, explanation)
VALUES (?1, ?2, ?3, ?4, ?5)
