//! Two offices sign contracts and settle by them, each with its own database and facts.

mod amended;
mod booked;
mod offices;
mod refused;
mod story;
