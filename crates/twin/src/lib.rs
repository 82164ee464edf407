//! The twin record: each party's half of signed events, and what follows from both.
//!
//! The written format is `docs/reference/twin.md`; a second verifier,
//! `tests/oracles/twin_verify.py`, shares
//! nothing with this crate but that text and its vectors. The crate is pure: keys, chance,
//! time and storage belong to the caller.
//!
//! - [`Twin`] holds both halves: [`Twin::draft`] and [`Twin::append`] say something,
//!   [`Twin::accept`] takes what arrives, [`Twin::state`] tells where a claim stands.
//! - [`sync::Session`] brings two nodes' halves up to date.
//! - [`Chain`] checks one half event by event; [`verify_halves`] checks exported files.
#![deny(clippy::float_arithmetic)]

mod body;
mod bytes;
mod chain;
mod contract_state;
mod difference;
mod event;
mod finding;
mod half_file;
mod hash;
mod head;
mod head_check;
mod keys;
mod kinds;
mod load;
mod order;
mod proof;
mod seen;
mod settlement_state;
mod state;
mod subject;
mod summary;
pub mod sync;
mod tree;
mod twin;
mod verify;

pub use body::{
    BODY_BYTES_MAX, Body, BodyError, FIELDS_MAX, Field, FieldType, Salt, VALUE_BYTES_MAX, Value,
    field_leaf, is_field_name,
};
pub use chain::{BodyBytes, Chain, EventCheck, Refusal, Relationship, first_refusal};
pub use contract_state::{
    ContractSaid, ContractSignature, ContractState, ContractVersion, VersionStanding,
};
pub use difference::{
    ComparisonError, Difference, QUESTION_PARTS_MAX, SummaryComparison, TreeComparison,
    answer_about_summary, answer_about_tree, question_about_root,
};
pub use event::{
    Author, EVENT_BYTES_MAX, EVENT_BYTES_MIN, Event, EventError, VERSION, is_kind, is_subject,
};
pub use finding::{Code, Place as FindingPlace, TwinFinding};
pub use half_file::{
    HALF_MAGIC, HalfPart, HalfReader, HalfStart, write_half_entry, write_half_start,
};
pub use hash::{Hash, ZERO, from_hex, sha256, to_hex};
pub use head::{
    Countersignature, HEAD_BYTES, HEAD_ENTRY_BYTES, Head, HeadEntry, HeadError, SignedHead,
};
pub use keys::{KeyBytes, PrivateKey, PublicKey, Signature};
pub use kinds::{FieldRule, KINDS, Kind, KindError, check_kind, kind, needs_body, rotation_proof};
pub use load::{Match, load_halves};
pub use order::{Place, compare_places, merge};
pub use proof::{PROOF_MAGIC, ProofError, Proved, Shown, verify_proof, write_proof};
pub use settlement_state::{SettlementStanding, SettlementState, SettlementStatus, Sides, Stated};
pub use state::{ClaimFact, ClaimState, Dispute, Standing, Turn};
pub use subject::{
    KEY, RELATIONSHIP, SubjectForm, claim_subject, contract_subject, file_subject, pack_subject,
    payment_subject, relationship_id, settlement_subject,
};
pub use summary::{Below, DIGITS, Entry, Prefix, Summary};
pub use tree::{
    Frontier, Tree, TreeHead, empty_root, is_consistent, leaf_hash, node_hash, root_from_inclusion,
};
pub use twin::{
    Accepted, ClaimEvent, Draft, DraftError, Moment, Stamp, Standpoint, Statement, Twin, draft,
    fold_claim, opening, rotation,
};
pub use verify::{
    Copies, HalfReport, Report, RunChecks, Verifier, compare_copies, verify_half, verify_halves,
};
