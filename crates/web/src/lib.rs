//! The pages of a node: server-rendered, readable without scripts, every figure a link to its
//! derivation.
//!
//! [`router`] serves them over a [`Desk`] and [`Accounts`] that the caller implements. Clock and
//! randomness come from the caller ([`Surroundings`]); the layer itself knows no store, no engine
//! and no network beyond HTTP.
#![deny(clippy::float_arithmetic)]

mod account;
mod component;
mod desk;
mod figure;
mod page;
mod policy;
mod server;
mod session;
pub mod view;

pub use account::{Account, Employer, Role, StoredAccount, hash_password, verify_password};
pub use desk::{Accounts, Answer, Decision, Desk, DeskError, DeskErrorKind, LiveEvent, Viewer};
pub use figure::{Figure, FigureAddress};
pub use policy::{Policy, Rule, Scope, Verdict};
pub use server::{Clock, Randomness, Settings, Surroundings, Web, endpoints, router};
