//! The stories of tests/office with the office's database on a PostgreSQL server.

#[path = "../office/main.rs"]
mod office;
