//! Claims that were held because the rules of their payer had not arrived, on their way out again.

use super::dispatch::RULES_AWAITED;
use super::held::{HeldCause, HeldClaim, explain_held, held_claim};
use super::outgoing::{NumbersOfFile, OutgoingClaims};
use crate::error::OperationsError;
use counterfoil_base::{Date, Finding, Text};
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
/// `rules_awaited` says that their rules are not at hand go on waiting. One that cannot be written
/// waits for a person from now on.
///
/// # Errors
/// When the store cannot be read or written.
pub fn claims_awaiting_rules(
    store: &mut Store,
    (rules_awaited, on): (&BTreeMap<Text, String>, Date),
) -> Result<AwaitingRules, OperationsError> {
    let (ready, waiting) = store.read("claims that await rules", |tx| {
        let (mut ready, mut waiting) = (Vec::new(), 0);
        for (file, ordinal) in tx.held_places(RULES_AWAITED)? {
            match held_claim(tx, (&file, ordinal))?.filter(awaits_rules_alone) {
                Some(one) if rules_awaited.contains_key(one.payer_id.as_str()) => waiting += 1,
                found => ready.extend(found),
            }
        }
        Ok::<_, OperationsError>((ready, waiting))
    })?;
    let (file, unwritable) = written(&ready, on)?;
    if !unwritable.is_empty() {
        store.transaction("claims that cannot be written", |tx| {
            unwritable.iter().try_for_each(|(held, finding)| explain_held(tx, held, finding))
        })?;
    }
    Ok(AwaitingRules { file, waiting })
}

/// Claims that cannot be written, with why.
type Unwritable<'h> = Vec<(&'h HeldClaim, Finding)>;

/// The claims as a file, and those that cannot be written.
fn written(ready: &[HeldClaim], on: Date) -> Result<(Vec<u8>, Unwritable<'_>), OperationsError> {
    let mut file = OutgoingClaims::new(on);
    let mut numbers = NumbersOfFile::default();
    let mut source: Option<Interchange> = None;
    let mut unwritable = Vec::new();
    for one in ready {
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
                    let Some(read) = read_claim_unit(&unit, &mut LossReport::default()) else {
                        continue;
                    };
                    match file.refusal(&read.claim) {
                        Some(finding) => unwritable.push((one, finding)),
                        None => file.add(&read.claim, &mut numbers)?,
                    }
                }
                _ => {}
            }
        }
    }
    file.close()?;
    Ok((file.take_output(), unwritable))
}

pub(super) fn awaits_rules_alone(held: &HeldClaim) -> bool {
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
