-- PostgreSQL alone: what SQLite answers by itself, whether somebody has written since. One row,
-- raised by every transaction that changes something; it is no part of the content.
CREATE TABLE IF NOT EXISTS change_mark (
    one               BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    number            BIGINT NOT NULL                   -- mutable
);
INSERT INTO change_mark (one, number) VALUES (1, 0) ON CONFLICT (one) DO NOTHING;
