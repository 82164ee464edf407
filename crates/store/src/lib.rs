//! The only crate that knows a database: intake, claims, accumulators, books, remittances and
//! bank entries of one organization.
//!
//! SQLite is embedded, PostgreSQL is spoken to; both run the statements in `sql/`. Every change
//! runs in a named transaction, every row that money depends on has an idempotency key that lives
//! as long as the row, and a database of a version this program does not know is refused.

mod agreement;
mod answer;
mod audit;
mod bank;
mod claims;
mod connection;
mod copy;
mod driver;
mod due;
mod error;
mod held;
mod intake;
mod ledger;
mod lists;
mod outbox;
mod outcome;
mod pairing;
mod payment;
mod place;
mod receivable;
mod schema;
#[cfg(feature = "faults")]
mod trap;
mod twin;
mod twin_claim;
mod value;

pub use agreement::SettlementPosting;
pub use answer::{AnswerRow, DisputedRow};
pub use audit::{AccountRecord, AuditCheck, AuditRecord, UploadRow};
pub use bank::BankRow;
pub use claims::{ClaimRow, ClaimUpdate, DecisionRow, ReasonTotal, StateTotal};
pub use connection::{RunLock, Side, Store, Transaction};
pub use error::{DatabaseError, StoreError};
pub use held::{HeldClaimRow, HeldTotal};
pub use intake::{IntakeFile, InterchangeSeen};
pub use ledger::{AccountBalance, AccountLine};
pub use lists::{FileSums, ListName, ListPage, ListTotals, SHARED_WITH};
pub use outbox::{OutboxFile, OutboxState};
pub use outcome::{FileFate, FileOutcome, KeptFinding};
pub use pairing::{InvitationRow, PeerRow};
pub use payment::{
    AccumulatorRow, CreditRow, DueAdjustment, DueClaim, DueLoop, PayeeRow, RemittanceRow,
};
pub use place::{DATABASE_FILE, Place, Server};
pub use receivable::ReceivableRow;
pub use schema::SCHEMA_VERSION;
pub use twin::{
    DocumentState, DueRow, HalfRow, NewTwinEvent, RelationshipRow, TwinDocumentRow, TwinEventRow,
};
pub use twin_claim::{RefusedClaimRow, TwinClaimRow};
