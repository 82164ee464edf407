//! The clean-claim engine: built-in edits, code tables and payer rule packs.
//!
//! [`Tables`] answers whether a code is in force on a day; the public lists travel with the
//! crate and others are loaded from files that the caller reads. [`CleanClaimEngine`] runs the
//! built-in edits and the [`RulePack`]s of payers over a claim and answers with findings; each
//! renders its own [`ClaimStatusEntry`] of the 277CA.
#![deny(clippy::float_arithmetic)]

mod acknowledge;
mod answer;
mod edits;
mod engine;
mod first_fingerprint;
mod history;
mod manifest;
mod ncci;
mod pack;
mod place;
mod tables;
#[cfg(test)]
mod tests;
mod told_once;

pub use acknowledge::ClaimStatusEntry;
pub use answer::answer_claim;
pub use engine::{ClaimChecks, CleanClaimConfig, CleanClaimEngine, EditScope};
pub use history::{
    ClaimHistory, EarlierClaim, FileHistory, NamedClaim, NoHistory, ServiceFingerprint,
};
pub use manifest::Manifest;
pub use ncci::{
    AddOnKind, AddOnTable, ModifierIndicator, MueIndicator, MueLimit, MueSetting, MueTable,
    PtpEdit, PtpSetting, PtpTable,
};
pub use pack::{Outcome, PackEdit, PackHit, RulePack};
pub use tables::{Extent, LoadReport, MissingCheck, Tables};
