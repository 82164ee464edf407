UPDATE disputed_take_back SET is_settled = 1 WHERE entry_key = ?1
