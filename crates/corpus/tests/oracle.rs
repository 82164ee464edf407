//! The truth of a month against the adjudication engine: two calculators, the same cents.

use counterfoil_adjudicate::{
    AccumulatorChange, Accumulators, DecisionState, Members, Payer, PriorClaim, Rates, Request,
    adjudicate,
};
use counterfoil_base::{Cents, parse_ccyymmdd};
use counterfoil_claim::{AdjustmentGroup, Claim};
use counterfoil_corpus::{CaughtBy, Month, Planted, Senders, State, Truth, World, WorldConfig};
use std::collections::BTreeMap;
use support::claims;

mod support;

struct Plan {
    rates: Rates,
    members: Members,
    accumulators: Accumulators,
    changes: BTreeMap<String, Vec<AccumulatorChange>>,
}

fn open(world: &World) -> Plan {
    let files = world.rate_files();
    let named: Vec<(&str, &str)> =
        files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let (rates, findings) = Rates::parse(&named);
    assert_eq!(findings, [], "the rate files are without findings");
    let (mut next, mut rows) = (Some(0), Vec::new());
    while let Some(first) = next {
        next = world.members_chunk(first, &mut rows);
    }
    let (members, findings) = Members::parse("members.csv", &String::from_utf8(rows).unwrap());
    assert_eq!(findings, [], "the members file is without findings");
    Plan { rates, members, accumulators: Accumulators::default(), changes: BTreeMap::new() }
}

/// State, paid, withhold, deductible, coinsurance, copay, CO-45, OA-23.
type Outcome = (DecisionState, [Cents; 7]);

fn wanted(truth: &Truth) -> Outcome {
    let state = match truth.state {
        State::Paid | State::Reversed => DecisionState::Approved,
        State::Voided if truth.replaces.is_empty() => DecisionState::Approved,
        State::Voided => DecisionState::Voided,
        State::Denied => DecisionState::Denied,
        State::Pended => DecisionState::Pended,
        State::Rejected => DecisionState::Rejected,
    };
    let money = &truth.money;
    let amounts = [
        money.paid,
        money.withhold,
        money.deductible,
        money.coinsurance,
        money.copay,
        money.contractual,
        money.other_payer,
    ];
    (state, amounts)
}

impl Plan {
    /// Adjudicates a claim and says where it and the truth differ.
    fn compare(&mut self, claim: &Claim, truth: &Truth) -> Option<String> {
        let number = format!("PAY{}", truth.control_number);
        let received_on = parse_ccyymmdd(truth.sent_on.as_bytes()).unwrap();
        let prior_number = claim.payer_claim_control_number().unwrap_or("").to_owned();
        let prior = self.changes.get(&prior_number).map(|changes| PriorClaim {
            claim_control_number: &prior_number,
            accumulator_changes: changes,
        });
        let request =
            Request { claim, claim_control_number: &number, received_on, edits: &[], prior };
        let payer =
            Payer { rates: &self.rates, members: &self.members, accumulators: &self.accumulators };
        let decision = adjudicate(payer, &request);
        if let Some(reversal) = &decision.reversal {
            self.accumulators.apply(&reversal.accumulator_changes);
        }
        // What a pended claim would use is counted when a person has approved it.
        if decision.state == DecisionState::Approved {
            self.accumulators.apply(&decision.accumulator_changes);
        }
        self.changes.insert(number, decision.accumulator_changes.clone());
        let adjustments = || decision.lines.iter().flat_map(|line| &line.adjustments);
        let sum = |group, reason: &str| -> Cents {
            let same = adjustments().filter(|one| one.group == group && one.reason == reason);
            same.map(|one| one.amount_cents).sum()
        };
        let amounts = [
            decision.paid_cents,
            decision.withhold_cents,
            decision.patient.deductible_cents,
            decision.patient.coinsurance_cents,
            decision.patient.copay_cents,
            sum(AdjustmentGroup::ContractualObligation, "45"),
            sum(AdjustmentGroup::OtherAdjustment, "23"),
        ];
        let (found, wanted) = ((decision.state, amounts), wanted(truth));
        let carc = truth.planted.map_or("", Planted::carc);
        let denied = carc.is_empty() || adjustments().any(|one| one.reason == carc);
        // A pended claim's money is tentative.
        let tentative = wanted.0 == DecisionState::Pended && found.0 == wanted.0;
        let same = denied && (tentative || found == wanted);
        (!same).then(|| {
            let reasons: Vec<_> = decision.reasons.iter().map(|one| &one.message).collect();
            format!("{truth:#?}\nfound {found:?}\nwanted {wanted:?}\n{reasons:?}\n{claim:#?}")
        })
    }
}

#[test]
fn the_engine_decides_every_claim_as_the_truth_says() {
    let world = World::new(WorldConfig { practices: 3, ..WorldConfig::default() }).unwrap();
    let mut plan = open(&world);
    let mut month = Month::new(&world, Senders::Providers, 100);
    let (mut compared, mut differing) = (0, Vec::new());
    while month.next_file().is_some() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        let claims = claims(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(claims.len(), truths.len());
        for (claim, truth) in claims.iter().zip(&truths) {
            assert_eq!(claim.patient_control_number, truth.control_number);
            if truth.caught_by() == Some(CaughtBy::Edits) {
                continue;
            }
            compared += 1;
            differing.extend(plan.compare(claim, truth));
        }
    }
    assert!(compared > 9_000, "{compared}");
    let first = differing.first();
    assert!(differing.is_empty(), "{} of {compared}: {}", differing.len(), first.unwrap());
}
