SELECT CAST(tablename AS TEXT) COLLATE "C" AS name FROM pg_tables
WHERE schemaname = current_schema() AND tablename NOT IN ('change_mark', 'run_mark') ORDER BY name
