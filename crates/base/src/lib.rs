//! The vocabulary of every Counterfoil crate: money, exact decimals, dates, findings,
//! explained values and the wrapper that keeps personal data out of logs.
//!
//! This crate has no input or output, clock, randomness or serialization, so that both
//! parties' machines compute the same bytes from the same values.
#![deny(clippy::float_arithmetic)]

mod cents;
mod code;
mod date;
mod decimal;
mod explained;
mod finding;
mod phi;
mod share;
mod spreadsheet;

pub use cents::{Cents, MoneyError};
pub use code::Text;
pub use date::{Date, DateRange, add_days, days_between, format_ccyymmdd, parse_ccyymmdd};
pub use decimal::{Decimal, DecimalError, Rate, Rounding, Units};
pub use explained::{Explained, Input, RuleReference};
pub use finding::{Acknowledgement, Finding, Position, Severity};
pub use phi::Phi;
pub use share::split_largest_remainder;
pub use spreadsheet::spreadsheet_cell;
