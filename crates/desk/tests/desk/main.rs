//! The pages over the books of a generated month: every figure opens the same figure, downloads
//! say what pages say, roles see what the table says, two people decide one claim once.

mod access;
mod agreed;
mod both;
mod checks;
mod client;
mod crawl;
#[path = "../../../operations/tests/month/database.rs"]
#[allow(dead_code, reason = "the month's own tests use the rest")]
mod database;
mod files;
mod held;
#[path = "../../../operations/tests/month/pair.rs"]
#[allow(dead_code, reason = "the month's own tests use the rest")]
mod pair;
mod paired;
#[path = "../../../operations/tests/month/payer.rs"]
#[allow(dead_code, reason = "the month's own tests use the rest")]
mod payer;
#[path = "../../../operations/tests/month/plan.rs"]
#[allow(dead_code, reason = "the month's own tests use the rest")]
mod plan;
