//! A seeded world around the real code: organizations, disks, clocks, a network, people who err.
//!
//! Everything that happens by chance follows from a seed, so that a world that fails can be played
//! again. What is injected, how often, and what it is checked by: `docs/reliability.md`.

mod fault;
mod forge;
mod network;
pub mod office;
mod plant;
pub mod record;
mod report;
mod totals;
mod trace;

pub use fault::{Fault, Tally};
pub use plant::Plant;
pub use report::{Outcome, Setting};
