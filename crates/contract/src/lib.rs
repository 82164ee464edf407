//! The contract language: value contracts as text that both parties sign and both machines run.
//!
//! A contract is a folder: `contract.md` holds clauses in plain words with the rules that mean
//! them in fenced `terms` blocks, `params/<year>.toml` the numbers of each year with their
//! sources, `facts.toml` how supplied files spell the facts, `cases/` worked examples. The
//! language is typed with units, total and exact: numbers are fractions, every rounding is
//! named, and two rules that apply at once without a stated exception are an error.
//! `docs/reference/contract-language.md` describes it.
//!
//! The crate is pure: the caller brings the bytes of the files.
#![deny(clippy::float_arithmetic)]

mod ast;
mod bundle;
mod cases;
mod check;
mod contract;
mod digits;
mod evaluate;
mod explain;
mod facts;
mod lexer;
mod logic;
mod markdown;
mod number;
mod open;
mod parameters;
mod parse;
mod plan;
mod pricer;
mod problem;
mod program;
mod rounding;
mod settle;
mod toml_file;
mod unit;
mod value;

pub use ast::Span;
pub use bundle::{bundle, unbundle};
pub use cases::{Case, CaseResult};
pub use contract::{Contract, ContractFiles};
pub use evaluate::{FactValue, Fault, ListedRow, Row};
pub use explain::Step;
pub use facts::{FACTS_FILE, FactMapping, FactRow, FactTable, Parting};
pub use number::Number;
pub use open::{Declared, Operation, Stated, Worked, Working, declarations};
pub use parameters::Parameters;
pub use parse::{CONTRACT_FILE, TEXT_BYTES_MAX};
pub use plan::{LineFacts, Memory};
pub use pricer::Pricer;
pub use problem::{PROBLEMS_MAX, Problem};
pub use program::Program;
pub use settle::{Statement, StatementLine};
pub use unit::{Type, Unit};
pub use value::Value;
