SELECT code, snip, severity, segment, message, cause, fix FROM file_finding
WHERE digest = ?1 ORDER BY ordinal
