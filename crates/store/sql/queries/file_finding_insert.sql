INSERT INTO file_finding (digest, ordinal, code, snip, severity, segment, message, cause, fix)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
