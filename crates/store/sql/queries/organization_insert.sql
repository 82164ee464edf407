INSERT INTO organization (one, side) VALUES (1, ?1) ON CONFLICT (one) DO NOTHING
