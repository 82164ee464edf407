INSERT INTO claim_source (source_id, digest)
VALUES ((SELECT coalesce(max(source_id), 0) + 1 FROM claim_source), ?1)
ON CONFLICT (digest) DO NOTHING
