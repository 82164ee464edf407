-- The twin records that this organization keeps with its partners (docs/reference/twin.md), and
-- what has to be said in them. Authors are 1 (payer) and 2 (provider), as in the written format.

-- One row per partner. Everything that names a relationship in other tables uses its number.
CREATE TABLE IF NOT EXISTS twin_relationship (
    relationship_id   BIGINT NOT NULL PRIMARY KEY,      -- from 1; 0 stands for none
    relationship      BLOB   NOT NULL UNIQUE,           -- identifier, 32 bytes
    partner           TEXT   NOT NULL UNIQUE,           -- name by which people call it here
    own_name          TEXT   NOT NULL,
    author            BIGINT NOT NULL,                  -- whose half is written here
    payer_key         BLOB   NOT NULL,                  -- first public keys, 32 bytes
    provider_key      BLOB   NOT NULL,
    nonce             BLOB   NOT NULL                   -- 32 bytes
);

-- By what a claim or payment finds its relationship: in a payer's books the provider's NPI or
-- tax number, in a provider's the payer's identifier on claims.
CREATE TABLE IF NOT EXISTS twin_partner_identifier (
    identifier        TEXT   NOT NULL PRIMARY KEY,
    relationship_id   BIGINT NOT NULL
);

-- Where each half stands: enough to check or sign its next event.
CREATE TABLE IF NOT EXISTS twin_half (
    relationship_id   BIGINT NOT NULL,
    author            BIGINT NOT NULL,
    size              BIGINT NOT NULL,                  -- mutable: events in the half
    chain             BLOB   NOT NULL,                  -- mutable: checkpoint of the chain
    PRIMARY KEY (relationship_id, author)
);

-- Both halves, event by event.
CREATE TABLE IF NOT EXISTS twin_event (
    relationship_id   BIGINT NOT NULL,
    author            BIGINT NOT NULL,
    sequence          BIGINT NOT NULL,
    kind              TEXT   NOT NULL,
    subject           TEXT   NOT NULL,
    event             BLOB   NOT NULL,                  -- header and signature
    body              BLOB,                             -- NULL when it is withheld
    leaf              BLOB   NOT NULL,                  -- hash in the half's tree, 32 bytes
    PRIMARY KEY (relationship_id, author, sequence)
);
CREATE INDEX IF NOT EXISTS twin_event_subject
    ON twin_event (relationship_id, subject, author, sequence);

CREATE INDEX IF NOT EXISTS twin_event_dispute ON twin_event (relationship_id, subject)
    WHERE kind = 'dispute.answered';

-- Heads that were signed, with their countersignatures.
CREATE TABLE IF NOT EXISTS twin_head (
    relationship_id   BIGINT NOT NULL,
    author            BIGINT NOT NULL,
    size              BIGINT NOT NULL,
    entry             BLOB   NOT NULL,                  -- mutable: gains its countersignature
    PRIMARY KEY (relationship_id, author, size)
);

-- What has to be said, written with the bookings that it tells; its key makes it once.
CREATE TABLE IF NOT EXISTS twin_due (
    due_id            BIGINT NOT NULL PRIMARY KEY,      -- in the order in which it is said
    relationship_id   BIGINT NOT NULL,
    due_key           TEXT   NOT NULL UNIQUE,           -- what caused it; once only
    statements        BLOB   NOT NULL,                  -- mutable: emptied when it is said
    is_said           BIGINT NOT NULL                   -- mutable: 1 when the half has it
);
CREATE INDEX IF NOT EXISTS twin_due_open ON twin_due (relationship_id, due_id) WHERE is_said = 0;

-- Documents that the partner's events name: 837, 999, 277CA, 835, packs.
CREATE TABLE IF NOT EXISTS twin_document (
    relationship_id   BIGINT NOT NULL,
    digest            TEXT   NOT NULL,                  -- SHA-256, hex
    kind              TEXT   NOT NULL,
    name              TEXT   NOT NULL,
    length            BIGINT NOT NULL,
    state             TEXT   NOT NULL,                  -- mutable: named, held, taken, refused
    place             TEXT   NOT NULL,                  -- mutable: file in the data folder
    PRIMARY KEY (relationship_id, digest)
);
CREATE INDEX IF NOT EXISTS twin_document_open ON twin_document (relationship_id)
    WHERE state IN ('named', 'held');

-- Documents that go to partners are files of the outbox; a session asks for them by digest.
CREATE INDEX IF NOT EXISTS outbox_digest ON outbox (content_digest);

-- Where each claim of a relationship stands by both halves; derived, and folded anew whenever an
-- event about the claim comes. All columns but the keys are mutable.
CREATE TABLE IF NOT EXISTS twin_claim (
    relationship_id        BIGINT NOT NULL,
    subject                TEXT   NOT NULL,
    standing               TEXT   NOT NULL,             -- empty when nothing opens it
    state_hash             BLOB   NOT NULL,             -- empty when a body is withheld
    claim_control_number   TEXT   NOT NULL,             -- the payer's, empty until received
    patient_control_number TEXT   NOT NULL,             -- the provider's
    charge_cents           BIGINT NOT NULL,
    allowed_cents          BIGINT NOT NULL,
    paid_cents             BIGINT NOT NULL,
    patient_cents          BIGINT NOT NULL,
    posted_cents           BIGINT NOT NULL,
    dispute                TEXT   NOT NULL,
    out_of_turn            BIGINT NOT NULL,
    submitted_at           BIGINT NOT NULL,             -- milliseconds since 1970, 0 before
    received_at            BIGINT NOT NULL,
    decided_at             BIGINT NOT NULL,
    paid_at                BIGINT NOT NULL,
    posted_at              BIGINT NOT NULL,
    PRIMARY KEY (relationship_id, subject)
);
CREATE INDEX IF NOT EXISTS twin_claim_payer_number
    ON twin_claim (claim_control_number) WHERE claim_control_number <> '';
CREATE INDEX IF NOT EXISTS twin_claim_provider_number ON twin_claim (patient_control_number);
