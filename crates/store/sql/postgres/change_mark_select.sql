SELECT number FROM change_mark WHERE one = 1
