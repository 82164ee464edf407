//! Worlds over the real offices: 837, edits, adjudication, 835, posting and bank over databases.
//!
//! Each organization runs `operations` over an SQLite database in memory, and the exchange that
//! the node runs; the world brings files, clocks, connections, people and the bank.

mod files;
mod party;
mod world;

pub use world::World;
