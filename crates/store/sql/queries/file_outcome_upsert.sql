INSERT INTO file_outcome (digest, name, kind, standing, worked_on, findings)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (digest) DO UPDATE SET standing = excluded.standing,
    worked_on = excluded.worked_on, findings = excluded.findings
