-- The nodes of partners: codes with which they may pair, and how paired ones are reached
-- (docs/reference/wire.md).

-- Invitation codes, kept until long after they were used or have expired.
CREATE TABLE IF NOT EXISTS node_invitation (
    invitation_number BIGINT NOT NULL PRIMARY KEY,
    partner           TEXT   NOT NULL,                  -- what the partner will be called here
    identifiers       TEXT   NOT NULL,                  -- by which claims find it, one a line
    expires_at        BIGINT NOT NULL,                  -- seconds since 1970
    secret            BLOB   NOT NULL,                  -- 16 bytes
    nonce             BLOB   NOT NULL,                  -- of the relationship, 32 bytes
    addresses         TEXT   NOT NULL,                  -- host:port, one a line
    wrong_proofs      BIGINT NOT NULL,                  -- mutable
    used_pin          BLOB   NOT NULL,                  -- mutable: 32 bytes, empty when unused
    used_key          BLOB   NOT NULL                   -- mutable: 32 bytes, empty when unused
);

-- How the node of a partner is known and reached.
CREATE TABLE IF NOT EXISTS node_peer (
    relationship_id   BIGINT NOT NULL PRIMARY KEY,
    pin               BLOB   NOT NULL,                  -- mutable: of its TLS key, 32 bytes
    addresses         TEXT   NOT NULL,                  -- mutable: host:port, one a line
    fingerprint       TEXT   NOT NULL                   -- digits that two people compare
);
