-- Claims of a provider that wait for a person: held back before they were sent, or returned by
-- the payer (docs/reference/node.md).

CREATE TABLE IF NOT EXISTS held_claim (
    file_digest            TEXT   NOT NULL,             -- SHA-256 of the file as it came
    claim_ordinal          BIGINT NOT NULL,             -- place in that file, from 1
    billing_provider       TEXT   NOT NULL,             -- NPI, or tax number without one
    patient_control_number TEXT   NOT NULL,             -- CLM01
    payer_id               TEXT   NOT NULL,             -- NM109 of loop 2010BB
    charge_cents           BIGINT NOT NULL,
    cause                  TEXT   NOT NULL,             -- checked, returned
    findings               TEXT   NOT NULL,             -- mutable: one a line, parts between tabs;
                                                        -- no person
    claim_segments         BLOB   NOT NULL,             -- the claim with its levels, as it stood
    file_name              TEXT   NOT NULL,
    held_on                TEXT   NOT NULL,             -- YYYY-MM-DD
    state                  TEXT   NOT NULL,             -- mutable: held, released, superseded, withdrawn
    closed_on              TEXT   NOT NULL,             -- mutable: YYYY-MM-DD, empty when held
    closed_by              TEXT   NOT NULL,             -- mutable: file that went out, or person
    PRIMARY KEY (file_digest, claim_ordinal)
);
CREATE INDEX IF NOT EXISTS held_claim_state ON held_claim (state, held_on);
CREATE INDEX IF NOT EXISTS held_claim_number
    ON held_claim (billing_provider, patient_control_number, payer_id);
