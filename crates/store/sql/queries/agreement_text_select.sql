SELECT content FROM agreement_text WHERE digest = ?1 AND kind = ?2
