SELECT current_setting('server_encoding'),
    (SELECT oid::bigint FROM pg_namespace WHERE nspname = current_schema())
