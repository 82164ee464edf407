//! The stories of tests/month with the offices' databases on a PostgreSQL server.

mod loss;
#[path = "../month/main.rs"]
mod month;
