//! Generators of people, coverage, claims, remittances and bank files with known truth.
//!
//! Everything is a pure function of a seed: the same configuration gives the same bytes on every
//! machine, and claims are made one at a time, so that a month of a million of them needs no more
//! memory than the accumulators of its families. Names, numbers and prices are invented.
//!
//! [`World`] holds the plan, the providers and the families; [`Month`] writes the claim files and
//! says what is true of each claim; [`bank_files`] turns payments into bank files with known
//! disturbances; [`Remittances`] writes 835 files, right or a cent wrong.

mod bank;
mod draft;
mod identity;
mod month;
mod planted;
mod random;
mod rates;
mod remittance;
mod segments;
mod services;
mod truth;
mod world;
mod write837;

pub use bank::{BankConfig, BankFiles, BankTruth, Disturbance, Payment, bank_files};
pub use identity::{npi, npi_check_digit};
pub use month::{FileInfo, Month, Senders};
pub use planted::{CaughtBy, Landmark, Planted, State};
pub use random::Random;
pub use rates::{NamedFile, OTHER_PAYER_ID, PAYER_ID, PAYER_NAME};
pub use remittance::{OffByOneCent, RemittanceConfig, RemittanceTruth, Remittances};
pub use services::{Category, Service};
pub use truth::{Money, TRUTH_HEADER, Truth};
pub use world::{ConfigError, Coverage, Family, Member, Provider, World, WorldConfig};
