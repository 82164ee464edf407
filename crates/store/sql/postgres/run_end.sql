SELECT pg_advisory_unlock({lock}, {schema})
