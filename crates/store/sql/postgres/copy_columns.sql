SELECT COUNT(*) FROM pg_attribute
WHERE attrelid = to_regclass(CAST(?1 AS TEXT)) AND attnum > 0 AND NOT attisdropped
