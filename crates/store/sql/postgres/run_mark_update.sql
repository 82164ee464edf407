UPDATE run_mark SET number = number + 1 WHERE one = 1 RETURNING number
