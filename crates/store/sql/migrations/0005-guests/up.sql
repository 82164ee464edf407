-- People of a partner who sign in here: guests see what both organizations share. An account
-- without a row belongs to the organization itself.
CREATE TABLE IF NOT EXISTS account_partner (
    account_id        TEXT   NOT NULL PRIMARY KEY,
    relationship_id   BIGINT NOT NULL
);
