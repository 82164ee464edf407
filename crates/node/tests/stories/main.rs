//! The whole program as stories: each test runs the built binary in a folder of its own and
//! reads like what a person typed and saw.
#![allow(clippy::disallowed_methods, reason = "stories run a process and find sample files")]
#![allow(clippy::disallowed_macros, reason = "a story that cannot be told says so")]

mod agreements;
mod bad_input;
mod biller;
mod claims;
mod finance;
mod gaps;
mod help;
mod integrator;
mod kept_findings;
mod kills;
mod lake;
mod month_of_nodes;
mod newcomer;
mod nodes_at_work;
mod on_postgres;
mod output;
mod payer;
mod place;
mod posting;
mod rule_packs;
mod serving;
mod two_nodes;
mod wrong_usage;
