//! The screens. Each file serves one and draws it.

pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod claim_view;
pub(crate) mod claims;
pub(crate) mod contract_view;
pub(crate) mod contracts;
pub(crate) mod error;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod find;
pub(crate) mod findings;
pub(crate) mod held;
pub(crate) mod home;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod node;
pub(crate) mod remittances;
pub(crate) mod scorecard;
pub(crate) mod settlements;
pub(crate) mod shell;
pub(crate) mod sign_in;
pub(crate) mod simulation;
pub(crate) mod work;
