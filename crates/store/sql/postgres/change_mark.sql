-- PostgreSQL alone: what SQLite answers by itself, whether somebody has written since. One row,
-- raised by every transaction that changes something; it is no part of the content.
CREATE TABLE IF NOT EXISTS change_mark (
    one               BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    number            BIGINT NOT NULL                   -- mutable
);
INSERT INTO change_mark (one, number) VALUES (1, 0) ON CONFLICT (one) DO NOTHING;

-- How many runs have held the database: a run that lost its connection and finds another number
-- than its own was overtaken. It is no part of the content either.
CREATE TABLE IF NOT EXISTS run_mark (
    one               BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    number            BIGINT NOT NULL                   -- mutable
);
INSERT INTO run_mark (one, number) VALUES (1, 0) ON CONFLICT (one) DO NOTHING;
