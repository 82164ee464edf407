INSERT INTO desk_secret (one, secret) VALUES (1, ?1) ON CONFLICT DO NOTHING
