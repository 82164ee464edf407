SELECT name, kind, received_on, claims_done, finished FROM intake_file WHERE file_digest = ?1
