//! The one model for claim, line, remittance advice and status that 837P, 837I and 835 map
//! into and out of.
//!
//! Money, units, dates, modifiers, diagnosis pointers, providers and references survive the
//! way in and out; whatever the model does not name is carried along as raw segments and
//! listed in a loss report.
#![deny(clippy::float_arithmetic)]

mod carried;
mod model;
mod remittance;
mod status;

pub use carried::{
    CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION, CarriedSegment, LossKind, LossReport,
};
pub use model::{
    AdjudicatedLine, Adjustment, AdjustmentGroup, Amount, Attachment, BillType, Claim, ClaimDate,
    ClaimKind, ClaimProvider, CodedValue, Contact, Diagnosis, Drug, FrequencyCode,
    InstitutionalFacts, Line, OtherPayer, Party, Person, PostalAddress, Procedure, Reference,
    SourcePosition, Subscriber,
};
pub use remittance::{
    PaymentHeader, ProviderAdjustment, RemittanceAdvice, RemittanceClaim, RemittanceLine,
    RemittancePerson,
};
pub use status::{ClaimState, StatusError};
