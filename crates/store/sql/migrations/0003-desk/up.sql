-- The desk of an organization: who may sign in, what they saw and did, what they left unfinished.

-- People who sign in. Passwords are kept as argon2id hashes alone.
CREATE TABLE IF NOT EXISTS account (
    account_id        TEXT   NOT NULL PRIMARY KEY,      -- opaque; audit rows name it
    name              TEXT   NOT NULL UNIQUE,
    roles             TEXT   NOT NULL,                  -- mutable: two letters each, with blanks
    password_hash     TEXT   NOT NULL,                  -- mutable: PHC form
    is_open           BIGINT NOT NULL,                  -- mutable: 0 when closed
    last_seen         BIGINT NOT NULL                   -- mutable: milliseconds since 1970, 0 never
);

-- Who saw or changed what. Rows are only ever added; each row's chain is the SHA-256 over the
-- chain before it and its own columns, so that a changed or missing row is found.
CREATE TABLE IF NOT EXISTS audit_event (
    event_id          BIGINT NOT NULL PRIMARY KEY,      -- from 1, without gaps
    at                BIGINT NOT NULL,                  -- milliseconds since 1970
    account           TEXT   NOT NULL,
    role              TEXT   NOT NULL,
    action            TEXT   NOT NULL,
    subject           TEXT   NOT NULL,                  -- opaque
    purpose           TEXT   NOT NULL,
    clause            TEXT   NOT NULL,
    request           TEXT   NOT NULL,
    chain             BLOB   NOT NULL
);

-- Forms that people left unfinished.
CREATE TABLE IF NOT EXISTS draft (
    account_id        TEXT   NOT NULL,
    form              TEXT   NOT NULL,
    fields            TEXT   NOT NULL,                  -- mutable; may name people
    PRIMARY KEY (account_id, form)
);

-- With what the ids in addresses are sealed: one row, made when the desk is first opened.
CREATE TABLE IF NOT EXISTS desk_secret (
    one               BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    secret            BLOB   NOT NULL                   -- 32 bytes
);

-- Files that people sent through a page and that wait in the inbox folder.
CREATE TABLE IF NOT EXISTS upload (
    digest            TEXT   NOT NULL PRIMARY KEY,      -- SHA-256 of the bytes, hex
    name              TEXT   NOT NULL,
    place             TEXT   NOT NULL,                  -- file in the inbox folder
    bytes             BIGINT NOT NULL,
    arrived_at        BIGINT NOT NULL,                  -- milliseconds since 1970
    account           TEXT   NOT NULL
);

-- A file with its claims, and what waits for a person at a provider, without reading every claim.
CREATE INDEX IF NOT EXISTS receivable_source ON receivable (source_file);
CREATE INDEX IF NOT EXISTS receivable_waits
    ON receivable (billing_provider, patient_control_number, version)
    WHERE state = 'denied' OR
        (state IN ('paid', 'patient owes') AND paid_cents < expected_cents);
