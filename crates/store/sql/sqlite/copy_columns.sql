SELECT COUNT(*) FROM pragma_table_info(?1)
