//! Rows of the work queue and of Find.

use super::{Target, Tone};
use crate::figure::Figure;
use counterfoil_base::Date;

/// One thing that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Opaque id.
    pub id: String,
    /// What is to be done, in words: `Decide a pended claim`.
    pub task: String,
    /// Why it waits, plain words first, code second.
    pub reason: String,
    /// How urgent it is.
    pub tone: Tone,
    /// Who takes care of it; nobody yet when absent.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Date>,
    /// The money that depends on it.
    pub worth: Figure,
    /// Where it is done.
    pub target: Target,
}

/// Something that Find found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundItem {
    /// What it is: `claim`, `payment`, `file`.
    pub kind: String,
    /// What it is called, without personal data.
    pub title: String,
    /// Where it stands.
    pub target: Target,
}
