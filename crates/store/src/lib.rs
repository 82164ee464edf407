//! The only crate that knows a database: history, accumulators, books and remittances.
