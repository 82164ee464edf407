UPDATE intake_file SET claims_done = ?2, finished = ?3 WHERE file_digest = ?1
