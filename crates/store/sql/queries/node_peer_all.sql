SELECT relationship_id, pin, addresses, fingerprint FROM node_peer ORDER BY relationship_id
