//! The settlement of a contract as a thing of its own: statements, what parts two of them, what
//! changed, what chance does, and the books of both sides.
//!
//! A [`RowStatement`] is a document that both parties compute alone and byte for byte alike: every
//! term with its value, clause, formula, inputs and rounding, a waterfall whose bars sum to the
//! result in cents, and a digest. A [`Settlement`] holds those of all rows with the amount that
//! both parties state. [`compare`] names the first fact or clause where two of them
//! part, [`differences`] what a re-issued file of facts or a changed contract does to every
//! amount, [`changes`] what changed in words, [`simulate`] what luck does, and
//! [`SettlementAccount`] books provisional payments and their true-up on both sides.
//!
//! The crate is pure: the caller brings the bytes of the files, and a seed where chance is drawn.
#![deny(clippy::float_arithmetic)]

mod changes;
mod compare;
mod differences;
mod postings;
mod settlement;
pub mod simulate;
mod statement;
mod text;
mod waterfall;

pub use changes::{Change, changes};
pub use compare::{FactFile, FactParting, Parting, compare, compare_facts};
pub use differences::{Differences, RowDifference, Side, differences, statement_differences};
pub use postings::{Movement, Parties, Provisional, SettlementAccount};
pub use settlement::{Basis, Settlement, SettlementParting, part};
pub use statement::{
    ColumnLine, ContractReference, Document, DocumentError, FactLine, InputLine, ResultLine,
    RowStatement, RowsLine, TermLine, result_term, statements, subject,
};
pub use text::{ClauseText, TextPart, clause_texts};
pub use waterfall::{WaterfallStep, waterfall};
