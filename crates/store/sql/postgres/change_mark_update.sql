UPDATE change_mark SET number = number + 1 WHERE one = 1;
SELECT pg_current_xact_id()
