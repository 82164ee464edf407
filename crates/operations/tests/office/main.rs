//! A provider's office: receivables that follow corrections, and books that do not depend on
//! the order in which 835s and bank files arrive.

mod again;
#[path = "../month/database.rs"]
mod database;
mod levels;
mod order;
mod place;
mod receivables;
mod returned;
mod sending;
mod statements;
