SELECT digest, name, place, bytes, arrived_at, account FROM upload WHERE digest = ?1
