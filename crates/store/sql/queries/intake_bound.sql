SELECT rules_digest FROM intake_file WHERE file_digest = ?1
