-- Whether a file has claims that were refused, which the list of files asks for each.
CREATE INDEX IF NOT EXISTS claim_refused ON claim (source_id) WHERE state = 'rejected';
CREATE INDEX IF NOT EXISTS receivable_refused ON receivable (source_file) WHERE state = 'rejected';
