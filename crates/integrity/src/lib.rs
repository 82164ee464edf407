//! The clean-claim engine: built-in edits, code tables and payer rule packs.
//!
//! [`Tables`] answers whether a code is in force on a day; the public lists travel with the
//! crate and others are loaded from files that the caller reads.
#![deny(clippy::float_arithmetic)]

mod manifest;
mod ncci;
mod tables;

pub use manifest::Manifest;
pub use ncci::{
    AddOnKind, AddOnTable, ModifierIndicator, MueIndicator, MueLimit, MueSetting, MueTable,
    PtpEdit, PtpSetting, PtpTable,
};
pub use tables::{CodeAnswer, CodeLookup, CodeSet, LoadReport, Tables};
