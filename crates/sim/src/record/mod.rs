//! Worlds over the twin record, its exchange and the ledger: quick, for volume.
//!
//! Sessions, chains, signatures, money and books are the product's; the offices, disks, the bank
//! and the network are small models of this crate.

mod disk;
mod office;
mod oracle;
mod party;
mod world;

pub use world::World;
