//! The clean-claim engine: built-in edits, code tables and payer rule packs.
