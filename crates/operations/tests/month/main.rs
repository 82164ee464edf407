//! Generated months with known truth, played through the offices of payer and providers.

mod bank;
pub(crate) mod books;
pub(crate) mod database;
mod golden;
mod late;
mod packs;
mod pair;
pub(crate) mod payer;
pub(crate) mod plan;
mod remittances;
pub(crate) mod restart;
mod sending;
mod truth;
mod twins;
