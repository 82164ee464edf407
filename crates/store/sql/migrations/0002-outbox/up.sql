-- Files on their way out, what interest is computed from, and which rules a file was begun with.

-- A file that leaves is recorded in the transaction that books what it says, and written to a
-- folder afterwards, so that neither can exist without the other.
CREATE TABLE outbox (
    file_name         TEXT   NOT NULL PRIMARY KEY,
    kind              TEXT   NOT NULL,              -- 835, CCD+, 999, TA1, 277CA
    source_key        TEXT   NOT NULL UNIQUE,       -- what it stands for; once only
    content_digest    TEXT   NOT NULL,              -- mutable: SHA-256, hex, empty while open
    state             TEXT   NOT NULL               -- mutable: open, pending, written
);
CREATE INDEX outbox_to_write ON outbox (file_name) WHERE state = 'pending';
CREATE TABLE outbox_part (
    file_name         TEXT   NOT NULL,
    part              BIGINT NOT NULL,              -- from 0, in the order of the bytes
    content           BLOB   NOT NULL,
    PRIMARY KEY (file_name, part)
);

-- The plan that decided, by whose state interest is owed; empty when none did.
ALTER TABLE claim ADD COLUMN plan_id TEXT NOT NULL DEFAULT '';

-- Digest of the rules, rates and members that the file was begun with; empty when unknown.
ALTER TABLE intake_file ADD COLUMN rules_digest TEXT NOT NULL DEFAULT '';

CREATE INDEX remittance_to_send ON remittance (trace_number) WHERE match_outcome = 'issued';
