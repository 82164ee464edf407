//! A half file changed in one place and verified: only what the change touches is checked anew.
//!
//! The verdict is the verifier's. What is spared is what it would do again: it goes on from the
//! event that the change lies in, and a check that has held before is not run a second time.
#![allow(dead_code, reason = "each test file uses a part of it")]

use counterfoil_twin::*;
use std::cell::RefCell;

/// An honest half file and where its events lie.
pub struct Honest {
    pub file: Vec<u8>,
    /// Where each event begins, and where the last one ends.
    pub bounds: Vec<usize>,
    checks: Vec<EventCheck>,
}

impl Honest {
    /// # Panics
    /// When the file does not hold.
    pub fn new(file: Vec<u8>) -> Honest {
        let checks = RefCell::new(Vec::new());
        let record = |batch: &[EventCheck]| {
            checks.borrow_mut().extend_from_slice(batch);
            first_refusal(batch)
        };
        let mut verifier = Verifier::new(&[&[]], &record);
        verifier.push(0, &file);
        assert!(verifier.finish().holds());
        let mut reader = HalfReader::new();
        reader.push(&file);
        reader.finish();
        let mut bounds = Vec::new();
        while let Some(part) = reader.next_part() {
            let entry = |event: &Vec<u8>, body: &BodyBytes| {
                let body = if let BodyBytes::Shown(body) = body { body.len() } else { 0 };
                2 + event.len() + 4 + body
            };
            match part {
                HalfPart::Start(start) => {
                    bounds.push(8 + 96 + 1 + 2 + start.heads.len() * HEAD_ENTRY_BYTES + 8);
                }
                HalfPart::Entry { event, body } => {
                    bounds.push(bounds[bounds.len() - 1] + entry(&event, &body));
                }
                _ => {}
            }
        }
        assert_eq!(bounds.last(), Some(&file.len()));
        Honest { file, bounds, checks: checks.into_inner() }
    }

    /// Runs the checks that are not those of the honest file.
    pub fn run(&self, batch: &[EventCheck]) -> Option<(usize, Refusal)> {
        batch.iter().enumerate().find_map(|(at, check)| {
            let sequence = usize::try_from(check.event().sequence).ok();
            let known = sequence.and_then(|sequence| self.checks.get(sequence));
            if known == Some(check) {
                None
            } else {
                first_refusal(std::slice::from_ref(check)).map(|r| (at, r.1))
            }
        })
    }

    /// The finding in another file, from its beginning.
    pub fn verify(&self, file: &[u8]) -> Option<TwinFinding> {
        let run = |batch: &[EventCheck]| self.run(batch);
        let mut verifier = Verifier::new(&[&[]], &run);
        verifier.push(0, file);
        verifier.finish().findings().next().cloned()
    }

    /// Changes the bytes of a part of the file one after the other, each by the masks given for
    /// it, and hands over each place with the event it lies in and the finding.
    pub fn change_each(
        &self,
        places: impl Iterator<Item = usize>,
        masks: impl Fn(usize) -> Vec<u8>,
        mut found: impl FnMut(usize, Option<u64>, Option<TwinFinding>),
    ) {
        let run = |batch: &[EventCheck]| self.run(batch);
        // The verifier as it stands before the event at hand.
        let mut before = Verifier::new(&[&[]], &run);
        let (mut event, mut changed) = (0, self.file.clone());
        before.push(0, &self.file[..self.bounds[0]]);
        for at in places {
            let inside = self.bounds.partition_point(|bound| *bound <= at).checked_sub(1);
            if let Some(inside) = inside {
                while event < inside {
                    before.push(0, &self.file[self.bounds[event]..self.bounds[event + 1]]);
                    before.settle(0);
                    event += 1;
                }
            }
            for mask in masks(at) {
                changed[at] ^= mask;
                let finding = match inside {
                    None => self.verify(&changed),
                    Some(inside) => self.go_on(before.clone(), inside, &changed),
                };
                changed[at] ^= mask;
                found(at, inside.map(|inside| inside as u64), finding);
            }
        }
    }

    fn go_on(
        &self,
        mut verifier: Verifier<'_>,
        inside: usize,
        changed: &[u8],
    ) -> Option<TwinFinding> {
        for entry in self.bounds[inside..].windows(2) {
            verifier.push(0, &changed[entry[0]..entry[1]]);
            verifier.settle(0);
            if let Some(finding) = verifier.finding(0) {
                return Some(finding.clone());
            }
        }
        verifier.finish().findings().next().cloned()
    }
}

/// True when a finding is at the event in which the change lies; of what lies before the events,
/// when it is about the file, a head, the first event, or the number of events.
pub fn names_the_place(inside: Option<u64>, finding: &TwinFinding, events: u64) -> bool {
    match (inside, finding.place) {
        (Some(inside), FindingPlace::Event(at)) => inside == at,
        (Some(_), _) => false,
        (None, FindingPlace::Event(at)) => at == 0 || at == events,
        (None, _) => true,
    }
}
