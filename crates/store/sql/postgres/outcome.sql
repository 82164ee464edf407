SELECT pg_xact_status('{transaction}')
