UPDATE intake_file SET rules_digest = ?2
WHERE file_digest = ?1 AND (rules_digest = '' OR claims_done = 0)
