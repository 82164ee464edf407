-- What became of files that a node has worked on, beside what the books say of them
-- (docs/reference/node.md).

CREATE TABLE IF NOT EXISTS file_outcome (
    digest            TEXT   NOT NULL PRIMARY KEY,      -- SHA-256 of the bytes, hex
    name              TEXT   NOT NULL,
    kind              TEXT   NOT NULL,                  -- 837, 835, 277CA ..., bank; empty: unknown
    standing          TEXT   NOT NULL,                  -- mutable: accepted, partly refused, refused
    worked_on         TEXT   NOT NULL,                  -- mutable: YYYY-MM-DD
    findings          BIGINT NOT NULL                   -- mutable: how many there were
);

-- What was found in such a file, the first ones; no person is named. Found anew when the file is
-- worked on again.
CREATE TABLE IF NOT EXISTS file_finding (
    digest            TEXT   NOT NULL,
    ordinal           BIGINT NOT NULL,                  -- from 1, in the order of the file
    code              TEXT   NOT NULL,
    snip              BIGINT NOT NULL,
    severity          TEXT   NOT NULL,                  -- error, warning, note
    segment           BIGINT NOT NULL,                  -- segment or line from 1; 0 when unknown
    message           TEXT   NOT NULL,
    cause             TEXT   NOT NULL,
    fix               TEXT   NOT NULL,
    PRIMARY KEY (digest, ordinal)
);
