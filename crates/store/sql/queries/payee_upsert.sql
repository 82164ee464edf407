INSERT INTO payee (payee_key, name, npi, tax_id, address, city, state, postal_code)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (payee_key) DO UPDATE SET name = excluded.name, npi = excluded.npi,
    tax_id = excluded.tax_id, address = excluded.address, city = excluded.city,
    state = excluded.state, postal_code = excluded.postal_code
