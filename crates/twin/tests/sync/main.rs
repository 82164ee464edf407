//! Two sessions over networks that lose, double, reorder and replay, and against dishonest parties.

mod bytes;
mod claims;
mod differences;
mod documents;
mod network;
mod peer;
mod refusals;
mod world;
