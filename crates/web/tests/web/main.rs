//! The pages over generated data: who may see what, what every figure opens, what is kept.

#[path = "../generated/mod.rs"]
mod generated;

mod access;
mod client;
mod downloads;
mod figures;
mod forms;
mod live;
mod sign_in;
mod sources;
mod stories;
mod uploads;
