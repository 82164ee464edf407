SELECT number FROM run_mark WHERE one = 1
