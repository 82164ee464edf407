//! Generated months with known truth, played through the offices of payer and providers.

mod bank;
mod books;
mod golden;
mod late;
mod packs;
mod pair;
mod payer;
mod plan;
mod remittances;
mod restart;
mod sending;
mod truth;
mod twins;
