//! The one model for claim, line, remittance advice and status that 837P, 837I and 835 map
//! into and out of.
//!
//! Money, units, dates, modifiers, diagnosis pointers, providers and references survive the
//! way in and out; whatever the model does not name is carried along as raw segments and
//! listed in a loss report.
#![deny(clippy::float_arithmetic)]

mod carried;
mod compose_835;
mod compose_837;
mod model;
mod read;
mod read_835;
mod read_837;
mod remittance;
mod status;
mod stored_payment;
#[cfg(test)]
mod tests;
mod units;
mod write;

pub use carried::{
    CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION, CarriedSegment, LossKind, LossReport,
};
pub use model::{
    AdjudicatedLine, Adjustment, AdjustmentGroup, Amount, Attachment, Batch, BillType, Claim,
    ClaimDate, ClaimKind, ClaimProvider, CodedValue, Contact, Diagnosis, Drug, FrequencyCode,
    InstitutionalFacts, Line, OtherPayer, Party, Person, PostalAddress, Procedure, Reference,
    SourcePosition, Subscriber,
};
pub use read_835::{FinishedRemittance, ReadRemittance, RemittanceReader, read_remittance};
pub use read_837::{ClaimReader, ReadClaim, read_claim};
pub use remittance::{
    PaymentHeader, ProviderAdjustment, RemittanceAdvice, RemittanceClaim, RemittanceLine,
    RemittancePerson,
};
pub use status::{ClaimState, StatusError};
pub use units::{FileContents, claim_kind, read_claim_unit, read_file};
pub use write::{ClaimWriter, RemittanceWriter, WriteError, write_835, write_837};
