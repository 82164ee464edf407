-- Contracts that were signed and settlements that were stated in a twin record
-- (docs/reference/twin.md, sections 15 and 16).

-- Texts of contracts and settlements, own and of partners, each under its digest.
CREATE TABLE IF NOT EXISTS agreement_text (
    digest            TEXT   NOT NULL PRIMARY KEY,      -- SHA-256 of the content, hex
    kind              TEXT   NOT NULL,                  -- contract, settlement
    content           BLOB   NOT NULL
);

-- The settlement that was computed here last, on this organization's own facts.
CREATE TABLE IF NOT EXISTS settlement_prepared (
    relationship_id   BIGINT NOT NULL,
    subject           TEXT   NOT NULL,                  -- settlement/ID/PERIOD
    digest            TEXT   NOT NULL,                  -- mutable: its text
    PRIMARY KEY (relationship_id, subject)
);

-- Settlements that moved money in the books, in their order: each row once.
CREATE TABLE IF NOT EXISTS settlement_posting (
    relationship_id   BIGINT NOT NULL,
    subject           TEXT   NOT NULL,
    ordinal           BIGINT NOT NULL,                  -- from 1
    basis             TEXT   NOT NULL,                  -- provisional, final
    digest            TEXT   NOT NULL,                  -- the statement that was booked
    amount_cents      BIGINT NOT NULL,                  -- what it says, not what it moved
    posted_on         TEXT   NOT NULL,                  -- YYYY-MM-DD
    decided_by        TEXT   NOT NULL,                  -- who booked it without agreement, or empty
    reason            TEXT   NOT NULL,                  -- why, or empty
    PRIMARY KEY (relationship_id, subject, ordinal)
);

-- The few events that a list of contracts or settlements asks for.
CREATE INDEX IF NOT EXISTS twin_event_contract ON twin_event (relationship_id, author, sequence)
    WHERE kind = 'contract.signed';
CREATE INDEX IF NOT EXISTS twin_event_settlement ON twin_event (relationship_id, author, sequence)
    WHERE kind = 'settlement.stated';
