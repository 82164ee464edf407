SELECT relationship_id, author, size FROM twin_half ORDER BY relationship_id, author
