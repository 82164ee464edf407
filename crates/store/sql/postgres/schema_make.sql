BEGIN;
SELECT pg_advisory_xact_lock({lock}, 0);
CREATE SCHEMA IF NOT EXISTS {schema};
COMMIT
