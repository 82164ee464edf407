//! The National Correct Coding Initiative tables: procedure pairs, unit limits, add-on codes.
//!
//! Source of the rules: NCCI Policy Manual, chapter I (CMS), and the file layouts CMS
//! publishes each quarter.

mod add_on;
mod mue;
mod ptp;

pub use add_on::{AddOnKind, AddOnTable};
pub use mue::{MueIndicator, MueLimit, MueSetting, MueTable};
pub use ptp::{ModifierIndicator, PtpEdit, PtpSetting, PtpTable};
