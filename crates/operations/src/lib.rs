//! What a payer's and a provider's office do with the engines and their store.
//!
//! The order of work is here (intake, decision, payment run, posting, matching) and nothing
//! else: engines judge, the store keeps, the caller reads and writes files and knows the day.
#![deny(clippy::float_arithmetic)]

mod business_day;
pub mod contracts;
mod error;
pub mod halves;
pub mod intake;
mod number;
pub mod payer;
mod payment_settings;
pub mod provider;

pub use business_day::{business_day_from, is_business_day};
pub use error::OperationsError;
pub use number::claim_control_number_of;
pub use payment_settings::{InterchangeUsage, PayeeAccount, PaymentSettings};
