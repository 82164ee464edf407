SELECT CAST(tablename AS TEXT) COLLATE "C" AS name FROM pg_tables
WHERE schemaname = current_schema() AND tablename <> 'change_mark' ORDER BY name
