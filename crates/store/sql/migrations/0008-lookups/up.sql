-- What is asked for once a claim, a file or a page is found without reading a table that grows.
DROP INDEX IF EXISTS twin_claim_payer_number;
CREATE INDEX IF NOT EXISTS twin_claim_of_payer_number
    ON twin_claim (claim_control_number, relationship_id, subject);
DROP INDEX IF EXISTS twin_claim_provider_number;
CREATE INDEX IF NOT EXISTS twin_claim_of_provider_number
    ON twin_claim (patient_control_number, relationship_id, subject);
DROP INDEX IF EXISTS receivable_payer_number;
CREATE INDEX IF NOT EXISTS receivable_of_payer_number
    ON receivable (claim_control_number, billing_provider, patient_control_number, version);
CREATE INDEX IF NOT EXISTS twin_document_state ON twin_document (relationship_id, state);
CREATE INDEX IF NOT EXISTS twin_document_digest ON twin_document (digest, relationship_id);
CREATE INDEX IF NOT EXISTS claim_of_payment
    ON claim (payment_trace, claim_control_number) WHERE payment_trace <> '';
CREATE INDEX IF NOT EXISTS remittance_due_open
    ON remittance_due (payee_key, due_key) WHERE payment_trace = '';
CREATE INDEX IF NOT EXISTS provider_adjustment_due_open
    ON provider_adjustment_due (payee_key, due_key) WHERE payment_trace = '';
CREATE INDEX IF NOT EXISTS remittance_of_file ON remittance (file_digest);
CREATE INDEX IF NOT EXISTS interchange_of_file ON interchange (file_digest);
CREATE INDEX IF NOT EXISTS bank_entry_of_trace ON bank_entry (matched_trace);
