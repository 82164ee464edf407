//! The configuration of a node: one commented file, `node.toml`, in its data folder.

mod read;
mod settings;
mod write;

pub use read::{Config, PayWhen};
pub use write::{Chosen, in_database, write};
