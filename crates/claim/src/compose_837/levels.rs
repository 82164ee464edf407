//! The levels of the 837 hierarchy: what belongs to each, and which claims share them.

use crate::carried::CarriedSegment;
use crate::model::Claim;

/// A level of the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// BHT, 1000A and 1000B.
    Header,
    /// 2000A and 2010A.
    Provider,
    /// 2000B and 2010B.
    Subscriber,
    /// 2000C and 2010C.
    Patient,
    /// 2300 and 2310.
    Claim,
}

impl Level {
    fn of(loop_id: &str) -> Level {
        match loop_id.as_bytes() {
            b"HEADER" | [b'1', ..] => Level::Header,
            b"2000A" | [b'2', b'0', b'1', b'0', b'A', ..] => Level::Provider,
            b"2000B" | [b'2', b'0', b'1', b'0', b'B', ..] => Level::Subscriber,
            b"2000C" | [b'2', b'0', b'1', b'0', b'C', ..] => Level::Patient,
            _ => Level::Claim,
        }
    }
}

/// What a claim carries of one level.
pub(super) fn carried_of(claim: &Claim, level: Level) -> impl Iterator<Item = &CarriedSegment> {
    claim.carried.iter().filter(move |item| Level::of(&item.loop_id) == level)
}

fn same_carried(left: &Claim, right: &Claim, level: Level) -> bool {
    carried_of(left, level).eq(carried_of(right, level))
}

/// True when both claims can stand in one transaction set.
pub(crate) fn same_transaction(left: &Claim, right: &Claim) -> bool {
    left.kind == right.kind
        && left.source.batch_reference == right.source.batch_reference
        && left.batch == right.batch
        && left.submitter == right.submitter
        && left.receiver == right.receiver
        && same_carried(left, right, Level::Header)
}

/// True when both claims come from one billing provider level.
pub(super) fn same_provider(left: &Claim, right: &Claim) -> bool {
    left.billing_provider == right.billing_provider
        && left.pay_to_address == right.pay_to_address
        && left.pay_to_plan == right.pay_to_plan
        && same_carried(left, right, Level::Provider)
}

/// True when both claims can stand under one subscriber level.
pub(super) fn same_subscriber(left: &Claim, right: &Claim) -> bool {
    left.subscriber == right.subscriber
        && left.payer == right.payer
        && same_carried(left, right, Level::Subscriber)
}

/// True when both claims are for one dependent.
pub(super) fn same_patient(left: &Claim, right: &Claim) -> bool {
    left.patient == right.patient
        && left.patient_relationship == right.patient_relationship
        && same_carried(left, right, Level::Patient)
}
