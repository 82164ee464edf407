DELETE FROM file_finding WHERE digest = ?1
