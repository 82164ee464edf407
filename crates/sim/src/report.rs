//! What a world is made of and what came of it.

use crate::fault::Tally;
use crate::plant::Plant;

/// Which world.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Everything that happens by chance follows from it.
    pub seed: u64,
    /// Steps before everything works again.
    pub steps: u64,
    /// A bug planted in every party.
    pub plant: Option<Plant>,
    /// Keep the words of the trace.
    pub is_told: bool,
}

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Faults that happened.
    pub tally: Tally,
    /// Digest of the trace and of the books at its end.
    pub digest: u64,
    /// Claims in it.
    pub claims: u64,
    /// Events of both halves at its end.
    pub events: u64,
    /// Steps until its end.
    pub steps: u64,
    /// What was not as it must be.
    pub violation: Option<String>,
    /// The trace in words, when asked for.
    pub lines: Vec<String>,
}
