SELECT name, npi, tax_id, address, city, state, postal_code FROM payee WHERE payee_key = ?1
