//! X12 005010 envelopes and implementation guides: streaming read, check and write.
