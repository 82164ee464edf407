//! Contracts that a payer and a provider sign, and the settlements that both state by them.
//!
//! The text of a contract and the settlement of a year travel as documents of the twin record;
//! what makes them a party's own is their digest in `contract.signed` and `settlement.stated`
//! (docs/reference/twin.md, sections 7, 15 and 16). Each party settles on its own facts. Money
//! moves in the books when both have stated the same, or when a named person says so.

mod booking;
mod settling;
mod signing;
mod stating;
mod texts;

pub use booking::{Booked, Booking, book_settlement};
pub use settling::{SettlementRequest, SuppliedFile, prepare_settlement};
pub use signing::{
    PartnerContract, Signing, contract_of, contracts, sign_contract, version_for_year,
};
pub use stating::{
    Comparison, PartnerSettlement, Prepared, compare_settlement, settlement_of, settlements,
    state_settlement,
};
pub use texts::{
    CONTRACT, SETTLEMENT, TakenText, contract_files, keep_contract, settlement_document, take_texts,
};
