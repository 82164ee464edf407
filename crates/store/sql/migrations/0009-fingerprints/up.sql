-- Fingerprints of services are made otherwise from here on. What a decided claim keeps does not
-- hold what they are made of, so the claims from before keep theirs and are found by both.
CREATE TABLE IF NOT EXISTS fingerprint_edition (
    edition           BIGINT NOT NULL PRIMARY KEY,      -- 1: names, days and payer as written
    claim_id_last     BIGINT NOT NULL                   -- last claim that has one
);
INSERT INTO fingerprint_edition (edition, claim_id_last)
SELECT 1, claim_id FROM claim WHERE claim_id > 0 ORDER BY claim_id DESC LIMIT 1
ON CONFLICT (edition) DO NOTHING;
