//! Claims of transaction sets and interchanges that a payer returned whole, by a 999 or a TA1.

use super::account::AccountKey;
use super::answers::{Refusal, Whole, plain};
use crate::error::OperationsError;
use crate::halves::{Partner, Relation, own_bytes};
use counterfoil_base::Finding;
use counterfoil_store::Transaction;
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::collections::{BTreeMap, VecDeque};

/// A claim that came back whole and is not given back yet.
pub(super) struct RefusedClaim {
    pub(super) account: AccountKey,
    /// In the payer's record.
    pub(super) subject: String,
    /// Which of the files that went out holds it.
    file: usize,
}

/// Claims that came back whole and are not given back yet.
///
/// The record says of which claims that is so: they are rejected and were never received. The
/// control numbers say by which refusal, of one file each.
#[derive(Default)]
pub(super) struct RefusedClaims {
    /// File by file; nothing where one was given back.
    claims: Vec<Option<RefusedClaim>>,
    /// Places among the claims by GS06 and ST02, and by ISA13.
    of_sets: BTreeMap<(String, String), VecDeque<usize>>,
    of_interchanges: BTreeMap<String, VecDeque<usize>>,
}

impl RefusedClaims {
    /// Those of a partner's record.
    pub(super) fn of(
        tx: &Transaction<'_>,
        relation: &Relation,
    ) -> Result<RefusedClaims, OperationsError> {
        let mut found = RefusedClaims::default();
        let Some(partner) = Partner::numbered(tx, relation.id)? else { return Ok(found) };
        let mut by_file: BTreeMap<String, BTreeMap<String, AccountKey>> = BTreeMap::new();
        for row in tx.refused_claims(relation.id)? {
            let account = AccountKey {
                billing_provider: row.billing_provider,
                patient_control_number: row.patient_control_number,
                payer_id: row.payer_id,
            };
            by_file.entry(row.source_file).or_default().insert(row.subject, account);
        }
        for (file, (digest, mut claims)) in by_file.into_iter().enumerate() {
            for (ordinal, numbers) in (1..).zip(sets_of(&own_bytes(tx, &digest)?)) {
                let subject = partner.claim(&digest, ordinal);
                let entry = subject.and_then(|subject| claims.remove_entry(&*subject));
                if let Some((subject, account)) = entry {
                    found.add(RefusedClaim { account, subject, file }, numbers);
                }
            }
        }
        Ok(found)
    }

    fn add(&mut self, claim: RefusedClaim, numbers: SetNumbers) {
        let SetNumbers { interchange, group, set } = numbers;
        let place = self.claims.len();
        self.claims.push(Some(claim));
        self.of_sets.entry((group, set)).or_default().push_back(place);
        self.of_interchanges.entry(interchange).or_default().push_back(place);
    }

    /// Takes out the claims that a refusal gives back: those of the first file that has any.
    pub(super) fn take(&mut self, refusal: &Refusal) -> Vec<RefusedClaim> {
        let places = match &refusal.about {
            Whole::Set { group, set } => self.of_sets.get_mut(&(group.clone(), set.clone())),
            Whole::Interchange(number) => self.of_interchanges.get_mut(number),
        };
        let mut taken: Vec<RefusedClaim> = Vec::new();
        let Some(places) = places else { return taken };
        while let Some(place) = places.front() {
            let Some(slot) = self.claims.get_mut(*place) else { break };
            let is_of_other =
                |one: &RefusedClaim| taken.first().is_some_and(|first| first.file != one.file);
            if slot.as_ref().is_some_and(is_of_other) {
                break;
            }
            taken.extend(slot.take());
            places.pop_front();
        }
        taken
    }
}

/// That the payer has refused what no claim in these books came back with.
pub(super) fn unmatched(refusal: &Refusal) -> Finding {
    // What a partner writes in the place of a control number is repeated when it is one.
    let shown = |number: &str| match number {
        number if number.len() <= 9 && number.bytes().all(|b| b.is_ascii_digit()) => {
            format!(" {number}")
        }
        _ => String::new(),
    };
    let what = match &refusal.about {
        Whole::Set { group, set } => {
            format!("transaction set{} of group{}", shown(set), shown(group))
        }
        Whole::Interchange(number) => format!("interchange{}", shown(number)),
    };
    let code = &refusal.finding.code;
    let message = format!("The payer refused {what} ({code}), and no claim here waits for that.");
    Finding::warning("OPS-7-refusal-unmatched", 7, message)
        .because("Of no claim that went out under it the payer's record says that it was refused.")
        .fix("Ask the payer what became of the claims that went out under this control number.")
}

/// The numbers of the transaction set in which a claim went out, without leading zeros.
struct SetNumbers {
    /// ISA13.
    interchange: String,
    /// GS06.
    group: String,
    /// ST02.
    set: String,
}

/// Of each claim of a file, in its order.
fn sets_of(bytes: &[u8]) -> Vec<SetNumbers> {
    let mut reader = Reader::new(ReadOptions::default());
    reader.push(bytes);
    reader.finish();
    let mut sets = Vec::new();
    while let Some(event) = reader.next_event() {
        if let Event::Unit(unit) = event
            && unit.transaction().set_id == "837"
        {
            let group = unit.group().map_or("", |group| group.control_number.as_str());
            sets.push(SetNumbers {
                interchange: plain(&unit.interchange().control_number),
                group: plain(group),
                set: plain(&unit.transaction().control_number),
            });
        }
    }
    sets
}
