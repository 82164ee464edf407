-- The first schema. Columns are immutable after insert unless a comment says "mutable".
-- Every statement can run twice. Types are those that SQLite and PostgreSQL share. Two words are
-- SQLite's: a key of type INTEGER is the row's own place, BIGINT elsewhere, and WITHOUT ROWID keeps
-- a table in the order of its key; elsewhere it is left out.

-- Whose folder this is: one row, `payer` or `provider`.
CREATE TABLE IF NOT EXISTS organization (
    one               BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    side              TEXT   NOT NULL
);

-- One row per file that was taken in; the digest makes a second run a no-op.
CREATE TABLE IF NOT EXISTS intake_file (
    file_digest       TEXT   NOT NULL PRIMARY KEY,  -- SHA-256 of the bytes, hex
    name              TEXT   NOT NULL,              -- file name without its folder
    kind              TEXT   NOT NULL,              -- 837, 835, bank
    received_on       TEXT   NOT NULL,              -- day, YYYY-MM-DD
    claims_done       BIGINT NOT NULL,              -- mutable: claims committed so far
    finished          BIGINT NOT NULL,              -- mutable: 1 when every claim is committed
    rules_digest      TEXT   NOT NULL DEFAULT ''    -- mutable: of the rules, rates and members that
                                                    -- the file was begun with; empty when unknown
);

-- One row per interchange; a control number seen with other bytes is a replay.
CREATE TABLE IF NOT EXISTS interchange (
    sender            TEXT   NOT NULL,              -- ISA05 and ISA06
    receiver          TEXT   NOT NULL,              -- ISA07 and ISA08
    control_number    TEXT   NOT NULL,              -- ISA13
    file_digest       TEXT   NOT NULL,
    PRIMARY KEY (sender, receiver, control_number)
);

-- Where claims came from: the digest of each file once, not with every claim of it.
CREATE TABLE IF NOT EXISTS claim_source (
    source_id         INTEGER NOT NULL PRIMARY KEY,
    digest            TEXT    NOT NULL UNIQUE       -- SHA-256 of the file, hex
);

-- The payer's half of a claim: what was asked, what was decided, and in which payment. What is
-- long and rarely read stands in claim_record, so that paying a claim rewrites a short row.
CREATE TABLE IF NOT EXISTS claim (
    claim_id               INTEGER NOT NULL PRIMARY KEY, -- in the order of taking in
    claim_control_number   TEXT   NOT NULL UNIQUE,      -- payer's number (CLP07)
    source_id              BIGINT NOT NULL,             -- see claim_source; a claim of a file is
    source_ordinal         BIGINT NOT NULL,             -- taken in once; counted from 1
    patient_control_number TEXT   NOT NULL,             -- CLM01
    billing_provider       TEXT   NOT NULL,             -- NPI
    payee_key              TEXT   NOT NULL,             -- see payee
    member_id              TEXT   NOT NULL,
    kind                   TEXT   NOT NULL,             -- P or I
    frequency              TEXT   NOT NULL,             -- CLM05-3
    fingerprint            BLOB   NOT NULL,             -- patient, provider, dates and lines
    received_on            TEXT   NOT NULL,
    service_from           TEXT   NOT NULL,             -- empty when unknown
    service_to             TEXT   NOT NULL,
    charge_cents           BIGINT NOT NULL,
    source_segment         BIGINT NOT NULL,
    source_offset          BIGINT NOT NULL,
    state                  TEXT   NOT NULL,             -- mutable: ClaimState word
    reason                 TEXT   NOT NULL,             -- mutable: why pended, rejected or denied
    allowed_cents          BIGINT NOT NULL,             -- mutable
    paid_cents             BIGINT NOT NULL,             -- mutable: CLP04
    patient_cents          BIGINT NOT NULL,             -- mutable: CLP05
    withhold_cents         BIGINT NOT NULL,             -- mutable
    interest_cents         BIGINT NOT NULL,             -- mutable
    decided_on             TEXT   NOT NULL,             -- mutable
    decided_by             TEXT   NOT NULL,             -- mutable: empty for software
    replaces               TEXT   NOT NULL,             -- claim control number of the earlier claim
    payment_trace          TEXT   NOT NULL,             -- mutable: TRN02, empty until paid
    plan_id                TEXT   NOT NULL DEFAULT '',  -- mutable: plan that decided, by whose state
                                                        -- interest is owed; empty when none did
    relationship_id        BIGINT NOT NULL DEFAULT 0,   -- in whose record it is told; 0 for none
    UNIQUE (source_id, source_ordinal)
);
CREATE INDEX IF NOT EXISTS claim_fingerprint ON claim (fingerprint, claim_control_number);
CREATE INDEX IF NOT EXISTS claim_patient_control ON claim (patient_control_number);
CREATE INDEX IF NOT EXISTS claim_to_pay ON claim (payee_key, claim_control_number)
    WHERE state IN ('approved', 'denied') AND payment_trace = '';
CREATE INDEX IF NOT EXISTS claim_pended ON claim (claim_control_number) WHERE state = 'pended';

CREATE TABLE IF NOT EXISTS claim_record (
    claim_id               INTEGER NOT NULL PRIMARY KEY,
    claim_bytes            BLOB   NOT NULL,             -- the claim as 837 segments, to decide later
    remittance_loop        BLOB   NOT NULL,             -- mutable: loop 2100 of the 835 as segments
    accumulator_changes    TEXT   NOT NULL,             -- mutable: what a reversal gives back
    explanation            TEXT   NOT NULL              -- mutable: how every amount came about
);

-- Whom payments go to, as the latest claim of the payee names it.
CREATE TABLE IF NOT EXISTS payee (
    payee_key         TEXT   NOT NULL PRIMARY KEY,      -- NPI, or tax number without one
    name              TEXT   NOT NULL,                  -- mutable, like every column below
    npi               TEXT   NOT NULL,
    tax_id            TEXT   NOT NULL,
    address           TEXT   NOT NULL,
    city              TEXT   NOT NULL,
    state             TEXT   NOT NULL,
    postal_code       TEXT   NOT NULL
);

-- Control numbers that must not repeat: interchanges sent, by kind.
CREATE TABLE IF NOT EXISTS counter (
    name              TEXT   NOT NULL PRIMARY KEY,
    last_number       BIGINT NOT NULL                   -- mutable
);

-- A loop 2100 that is due in the payee's next 835 beside the claim's own: the reversal that
-- goes before a correction.
CREATE TABLE IF NOT EXISTS remittance_due (
    due_key              TEXT   NOT NULL PRIMARY KEY,   -- what caused it; once only
    payee_key            TEXT   NOT NULL,
    claim_control_number TEXT   NOT NULL,
    paid_cents           BIGINT NOT NULL,               -- negative for a reversal
    charge_cents         BIGINT NOT NULL,
    remittance_loop      BLOB   NOT NULL,
    payment_trace        TEXT   NOT NULL                -- mutable
);

-- Provider-level money that waits for the payee's next 835 (PLB).
CREATE TABLE IF NOT EXISTS provider_adjustment_due (
    due_key           TEXT   NOT NULL PRIMARY KEY,      -- what caused it; once only
    payee_key         TEXT   NOT NULL,
    reason            TEXT   NOT NULL,                  -- PLB03-1
    reference         TEXT   NOT NULL,                  -- PLB03-2
    amount_cents      BIGINT NOT NULL,                  -- positive reduces the payment
    payment_trace     TEXT   NOT NULL                   -- mutable: empty until paid
);

-- What a member and a family have used of their plan's limits in a benefit year.
CREATE TABLE IF NOT EXISTS accumulator (
    holder             TEXT   NOT NULL,                 -- member or subscriber number
    is_family          BIGINT NOT NULL,                 -- 1 for the family's amounts
    plan_id            TEXT   NOT NULL,
    year_from          TEXT   NOT NULL,                 -- first day of the benefit year
    in_network         BIGINT NOT NULL,
    deductible_cents   BIGINT NOT NULL,                 -- mutable
    out_of_pocket_cents BIGINT NOT NULL,                -- mutable
    PRIMARY KEY (holder, is_family, plan_id, year_from, in_network)
) WITHOUT ROWID;

-- One row per 835 that was issued (payer) or received (provider).
CREATE TABLE IF NOT EXISTS remittance (
    trace_number      TEXT   NOT NULL,                  -- TRN02
    payer_identifier  TEXT   NOT NULL,                  -- TRN03
    payee_key         TEXT   NOT NULL,
    payer_id          TEXT   NOT NULL,                  -- whose receivable it answers
    payer_name        TEXT   NOT NULL,
    fingerprint       BIGINT NOT NULL,                  -- of its claims, tells copies from others
    amount_cents      BIGINT NOT NULL,                  -- BPR02
    claims            BIGINT NOT NULL,
    effective_on      TEXT   NOT NULL,                  -- BPR16, empty when absent
    method            TEXT   NOT NULL,                  -- BPR04
    file_digest       TEXT   NOT NULL,
    match_outcome     TEXT   NOT NULL,                  -- mutable: outcome of bank matching
    matched_cents     BIGINT NOT NULL,                  -- mutable
    settled_trace     TEXT   NOT NULL,                  -- mutable: trace of its match
    PRIMARY KEY (trace_number, payer_identifier, payee_key)
);

-- Where the money of an 835 paid by ACH goes, as it stood when the 835 said so.
CREATE TABLE IF NOT EXISTS payment_credit (
    trace_number      TEXT   NOT NULL PRIMARY KEY,      -- TRN02
    payee_routing     TEXT   NOT NULL,                  -- BPR13
    payee_account     TEXT   NOT NULL,                  -- BPR15
    payee_id          TEXT   NOT NULL,
    payee_name        TEXT   NOT NULL
);

-- The provider's half of a claim: what was billed, what is expected, what came. A correction
-- or void under the same control number is the next version.
CREATE TABLE IF NOT EXISTS receivable (
    billing_provider       TEXT   NOT NULL,             -- NPI, or tax number without one
    patient_control_number TEXT   NOT NULL,             -- CLM01
    version                BIGINT NOT NULL,             -- 1 for what was billed first
    payer_id               TEXT   NOT NULL,
    frequency              TEXT   NOT NULL,             -- CLM05-3
    replaces               TEXT   NOT NULL,             -- REF F8: the payer's number it corrects
    billed_on              TEXT   NOT NULL,
    charge_cents           BIGINT NOT NULL,             -- 0 for a void
    expected_cents         BIGINT NOT NULL,             -- predicted payment, -1 when unknown
    source_file            TEXT   NOT NULL,
    claim_segments         BLOB   NOT NULL,             -- the claim as 837 segments, may be empty
    state                  TEXT   NOT NULL,             -- mutable
    claim_control_number   TEXT   NOT NULL,             -- mutable: payer's number once known
    paid_cents             BIGINT NOT NULL,             -- mutable: net of reversals
    adjusted_cents         BIGINT NOT NULL,             -- mutable
    patient_cents          BIGINT NOT NULL,             -- mutable
    bookings               BIGINT NOT NULL,             -- mutable: odd while the charge is booked
    twin_subject           TEXT   NOT NULL DEFAULT '',  -- in the payer's record; empty for none
    PRIMARY KEY (billing_provider, patient_control_number, version)
);
CREATE INDEX IF NOT EXISTS receivable_control_number ON receivable (patient_control_number);
CREATE INDEX IF NOT EXISTS receivable_payer_number ON receivable (claim_control_number);
CREATE INDEX IF NOT EXISTS receivable_replaces ON receivable (replaces) WHERE replaces <> '';

-- What the 835s said of each claim, so that all answers to a claim can be judged together,
-- whatever their order of arrival.
CREATE TABLE IF NOT EXISTS claim_answer (
    trace_number           TEXT   NOT NULL,             -- TRN02
    payer_identifier       TEXT   NOT NULL,             -- TRN03
    payee_key              TEXT   NOT NULL,
    position               BIGINT NOT NULL,             -- of the claim in the 835, from 0
    billing_provider       TEXT   NOT NULL,             -- with the next column: whose account
    patient_control_number TEXT   NOT NULL,
    payer_id               TEXT   NOT NULL,             -- whose receivable it answers
    claim_control_number   TEXT   NOT NULL,             -- CLP07
    status_code            TEXT   NOT NULL,             -- CLP02
    frequency              TEXT   NOT NULL,             -- CLP09
    effective_on           TEXT   NOT NULL,             -- BPR16, empty when absent
    posted_on              TEXT   NOT NULL,
    charge_cents           BIGINT NOT NULL,             -- CLP03
    paid_cents             BIGINT NOT NULL,             -- CLP04
    contractual_cents      BIGINT NOT NULL,             -- CAS by class
    patient_cents          BIGINT NOT NULL,
    denied_cents           BIGINT NOT NULL,
    withheld_cents         BIGINT NOT NULL,
    other_cents            BIGINT NOT NULL,
    disposition            TEXT   NOT NULL,             -- mutable
    entry_key              TEXT   NOT NULL,             -- mutable: its entry in the books
    is_said                BIGINT NOT NULL DEFAULT 0,   -- mutable: 1 when the record says that it
                                                        -- was posted
    PRIMARY KEY (trace_number, payer_identifier, payee_key, position)
);
CREATE INDEX IF NOT EXISTS claim_answer_account
    ON claim_answer (billing_provider, patient_control_number);

-- Provider-level take-backs that no earlier 835 explained; a later one may.
CREATE TABLE IF NOT EXISTS disputed_take_back (
    entry_key         TEXT   NOT NULL PRIMARY KEY,      -- of the entry that settles it
    payer_id          TEXT   NOT NULL,
    payee_key         TEXT   NOT NULL,
    trace_number      TEXT   NOT NULL,
    reason            TEXT   NOT NULL,                  -- PLB03-1
    reference         TEXT   NOT NULL,                  -- PLB03-2
    amount_cents      BIGINT NOT NULL,
    is_settled        BIGINT NOT NULL                   -- mutable
);

-- One row per movement that the bank reported.
CREATE TABLE IF NOT EXISTS bank_entry (
    entry_key         TEXT   NOT NULL PRIMARY KEY,      -- the bank's reference with day and amount
    reference         TEXT   NOT NULL,
    is_bank_reference BIGINT NOT NULL,                  -- 1 when the bank gave the reference
    posted_on         TEXT   NOT NULL,
    amount_cents      BIGINT NOT NULL,                  -- negative for a return or debit
    trace_number      TEXT   NOT NULL,                  -- empty when the bank gave none
    payer_identifier  TEXT   NOT NULL,
    check_number      TEXT   NOT NULL,
    is_return         BIGINT NOT NULL,
    line              BIGINT NOT NULL,                  -- in the file that brought it first
    description       TEXT   NOT NULL,
    match_outcome     TEXT   NOT NULL,                  -- mutable
    matched_trace     TEXT   NOT NULL                   -- mutable
);

-- The books. An entry is never changed or deleted; a reversal names what it reverses.
CREATE TABLE IF NOT EXISTS ledger_entry (
    entry_id          INTEGER NOT NULL PRIMARY KEY,
    idempotency_key   TEXT   NOT NULL UNIQUE,
    effective_on      TEXT   NOT NULL,
    rule              TEXT   NOT NULL,
    memo              TEXT   NOT NULL,
    reverses          TEXT   NOT NULL,                  -- key of the reversed entry, or empty
    reversed_by       TEXT   NOT NULL,                  -- mutable: key of the reversal, or empty
    content_digest    BLOB   NOT NULL,
    mirror_digest     BLOB   NOT NULL                   -- what a reversal's postings must hash to
);
CREATE TABLE IF NOT EXISTS ledger_posting (
    entry_id          BIGINT NOT NULL,
    position          BIGINT NOT NULL,
    account           TEXT   NOT NULL,
    subject           TEXT   NOT NULL,
    amount_cents      BIGINT NOT NULL,                  -- debit positive, credit negative
    PRIMARY KEY (entry_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ledger_entry_of_bank ON ledger_entry (rule)
    WHERE reversed_by = '' AND
        rule IN ('provider.cash_received', 'provider.cash_matched', 'provider.payment_returned');
CREATE INDEX IF NOT EXISTS ledger_posting_account ON ledger_posting (account, entry_id, position);
CREATE TABLE IF NOT EXISTS ledger_balance (
    account           TEXT   NOT NULL PRIMARY KEY,
    debit_cents       BIGINT NOT NULL,                  -- mutable
    credit_cents      BIGINT NOT NULL                   -- mutable
);

-- Who decided what; also the reads that the audit needs later.
CREATE TABLE IF NOT EXISTS decision_log (
    claim_control_number TEXT NOT NULL,
    decided_on        TEXT   NOT NULL,
    decided_by        TEXT   NOT NULL,
    verdict           TEXT   NOT NULL,
    reason            TEXT   NOT NULL,
    PRIMARY KEY (claim_control_number, decided_on, decided_by, verdict)
);

-- A file that leaves is recorded in the transaction that books what it says, and written to a
-- folder afterwards, so that neither can exist without the other.
CREATE TABLE IF NOT EXISTS outbox (
    file_name         TEXT   NOT NULL PRIMARY KEY,
    kind              TEXT   NOT NULL,              -- 835, CCD+, 999, TA1, 277CA
    source_key        TEXT   NOT NULL UNIQUE,       -- what it stands for; once only
    content_digest    TEXT   NOT NULL,              -- mutable: SHA-256, hex, empty while open
    state             TEXT   NOT NULL               -- mutable: open, pending, written
);
CREATE INDEX IF NOT EXISTS outbox_to_write ON outbox (file_name) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS outbox_part (
    file_name         TEXT   NOT NULL,
    part              BIGINT NOT NULL,              -- from 0, in the order of the bytes
    content           BLOB   NOT NULL,
    PRIMARY KEY (file_name, part)
);
CREATE INDEX IF NOT EXISTS remittance_to_send ON remittance (trace_number)
    WHERE match_outcome = 'issued';
