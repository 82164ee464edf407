(SELECT 'in' AS way, file_digest AS id, file_digest AS digest, name, kind, received_on AS at,
    CASE WHEN finished <> 1 THEN 'being read'
        WHEN NOT EXISTS (SELECT 1 FROM claim JOIN claim_source USING (source_id)
                WHERE claim_source.digest = file_digest AND state = 'rejected')
            AND NOT EXISTS (SELECT 1 FROM receivable
                WHERE source_file = file_digest AND state = 'rejected') THEN 'accepted'
        WHEN NOT EXISTS (SELECT 1 FROM claim JOIN claim_source USING (source_id)
                WHERE claim_source.digest = file_digest AND state <> 'rejected')
            AND NOT EXISTS (SELECT 1 FROM receivable
                WHERE source_file = file_digest AND state <> 'rejected') THEN 'refused'
        ELSE 'partly refused' END AS standing
FROM intake_file
UNION ALL
SELECT 'out' AS way, file_name AS id, content_digest AS digest, file_name AS name, kind, '' AS at,
    CASE state WHEN 'written' THEN 'accepted' ELSE 'waiting' END AS standing
FROM outbox
UNION ALL
SELECT 'in' AS way, digest AS id, digest, name, kind, worked_on AS at, standing
FROM file_outcome WHERE digest NOT IN (SELECT file_digest FROM intake_file)
UNION ALL
SELECT 'in' AS way, digest AS id, digest, name, '' AS kind, '' AS at, 'waiting' AS standing
FROM upload WHERE digest NOT IN (SELECT file_digest FROM intake_file)
    AND digest NOT IN (SELECT digest FROM file_outcome)) AS file
