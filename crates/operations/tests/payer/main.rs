//! A payer's office of one plan and one practice: what it takes in, refuses, decides and pays.

#[path = "../month/database.rs"]
mod database;
mod days;
mod once;
mod partners;
mod pended;
mod place;
mod senders;
