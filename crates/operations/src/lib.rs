//! What a payer's and a provider's office do with the engines and their store.

mod payment_settings;

pub use payment_settings::{PayeeAccount, PaymentSettings};
