SELECT claim_id_last FROM fingerprint_edition WHERE edition = 1
