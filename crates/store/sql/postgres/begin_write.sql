BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_advisory_xact_lock({lock}, {schema})
