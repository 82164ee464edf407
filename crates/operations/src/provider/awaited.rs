//! Claims that were held because the rules of their payer had not arrived, on their way out again.

use super::dispatch::RULES_AWAITED;
use super::held::{HeldCause, HeldClaim, held_claim};
use super::outgoing::{NumbersOfFile, OutgoingClaims};
use crate::error::OperationsError;
use counterfoil_base::{Date, Text};
use counterfoil_claim::{LossReport, read_claim_unit};
use counterfoil_store::Store;
use counterfoil_x12::{Event, Interchange, ReadOptions, Reader};
use std::collections::BTreeMap;

/// The claims that were held for want of their payer's rules.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AwaitingRules {
    /// Those whose payer's rules are at hand, as a file to send; empty when there are none.
    pub file: Vec<u8>,
    /// How many go on waiting.
    pub waiting: u64,
}

/// Whether claims may wait for the rules of their payer; it loads no claim and writes nothing.
///
/// # Errors
/// When the store cannot be read.
pub fn may_await_rules(store: &mut Store) -> Result<bool, OperationsError> {
    let places = store.read("do claims await rules", |tx| tx.held_places(RULES_AWAITED))?;
    Ok(!places.is_empty())
}

/// The claims that wait for nothing but the rules of a payer; those of payers by whose identifiers
/// `rules_awaited` says that their rules are not at hand go on waiting.
///
/// # Errors
/// When the store cannot be read or the claims cannot be written.
pub fn claims_awaiting_rules(
    store: &mut Store,
    (rules_awaited, on): (&BTreeMap<Text, String>, Date),
) -> Result<AwaitingRules, OperationsError> {
    let held = store.read("claims that await rules", |tx| {
        let places = tx.held_places(RULES_AWAITED)?.into_iter();
        let held = places.map(|(file, ordinal)| held_claim(tx, (&file, ordinal)));
        held.collect::<Result<Vec<_>, OperationsError>>()
    })?;
    let mut file = OutgoingClaims::new(on);
    let mut numbers = NumbersOfFile::default();
    let mut source: Option<Interchange> = None;
    let mut waiting = 0;
    for one in held.iter().flatten().filter(|one| awaits_rules_alone(one)) {
        if rules_awaited.contains_key(one.payer_id.as_str()) {
            waiting += 1;
            continue;
        }
        let mut reader = Reader::new(ReadOptions::default());
        reader.push(one.claim_segments.expose());
        reader.finish();
        while let Some(event) = reader.next_event() {
            match event {
                Event::InterchangeStart(isa)
                    if !source.as_ref().is_some_and(|known| is_same(known, isa)) =>
                {
                    file.interchange(isa.clone())?;
                    source = Some(isa.clone());
                }
                Event::Unit(unit) => {
                    if let Some(read) = read_claim_unit(&unit, &mut LossReport::default()) {
                        file.add(&read.claim, &mut numbers)?;
                    }
                }
                _ => {}
            }
        }
    }
    file.close()?;
    Ok(AwaitingRules { file: file.take_output(), waiting })
}

fn awaits_rules_alone(held: &HeldClaim) -> bool {
    held.cause == HeldCause::Checked
        && !held.findings.is_empty()
        && held.findings.iter().all(|finding| finding.code == RULES_AWAITED)
}

fn is_same(one: &Interchange, other: &Interchange) -> bool {
    let key = |isa: &Interchange| {
        let sender = (isa.sender_qualifier.clone(), isa.sender_id.clone());
        let receiver = (isa.receiver_qualifier.clone(), isa.receiver_id.clone());
        (sender, receiver, isa.control_number.clone(), isa.usage.clone(), isa.separators)
    };
    key(one) == key(other)
}
