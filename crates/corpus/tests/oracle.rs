//! The truth of a month against the adjudication engine: two calculators, the same cents.

use counterfoil_adjudicate::{
    AccumulatorChange, Accumulators, DecisionState, Medium, Members, Payer, PriorClaim, Rates,
    Request, adjudicate,
};
use counterfoil_base::{Cents, parse_ccyymmdd};
use counterfoil_claim::{
    AdjustmentGroup, Claim, ClaimKind, LossReport, SourcePosition, read_claim,
};
use counterfoil_corpus::{CaughtBy, Month, Planted, Senders, State, Truth, World, WorldConfig};
use counterfoil_x12::{Segment, SegmentBuffer, SegmentMeta, Separators};
use std::collections::BTreeMap;

/// The loop of each segment as the generator writes them.
#[derive(Default)]
struct Placer {
    loop_id: &'static str,
    instance: u32,
    other_payer: u32,
}

type Placed<'a> = (&'static str, u32, u32, &'a str);

impl Placer {
    fn place<'a>(&mut self, text: &'a str) -> Placed<'a> {
        let parts: Vec<&str> = text.split('*').collect();
        let other = matches!(self.loop_id, "2320" | "2330A" | "2330B");
        let next = match (parts[0], parts.get(1).copied().unwrap_or("")) {
            ("ST" | "BHT", _) => "",
            ("NM1", "41") => "1000A",
            ("NM1", "40") => "1000B",
            ("HL", _) => match parts[3] {
                "20" => "2000A",
                "22" => "2000B",
                _ => "2000C",
            },
            ("NM1", "85") => "2010AA",
            ("NM1", "IL") if other => "2330A",
            ("NM1", "PR") if other => "2330B",
            ("NM1", "IL") => "2010BA",
            ("NM1", "PR") => "2010BB",
            ("NM1", "QC") => "2010CA",
            ("CLM", _) => "2300",
            ("NM1", "DN" | "71") => "2310A",
            ("NM1", "82") => "2310B",
            ("NM1", "77") => "2310C",
            ("SBR", _) if self.loop_id.starts_with("23") => "2320",
            ("LX", _) => "2400",
            ("LIN", _) => "2410",
            ("SVD", _) => "2430",
            _ => {
                let parent = if other { self.other_payer } else { 0 };
                return (self.loop_id, self.instance, parent, text);
            }
        };
        self.instance += 1;
        self.loop_id = next;
        if next == "2320" {
            self.other_payer = self.instance;
        }
        let parent = if next.starts_with("233") { self.other_payer } else { 0 };
        (next, self.instance, parent, text)
    }
}

/// The claims of a file, read by the claim crate.
fn claims(file: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut placer = Placer::default();
    let mut kind = ClaimKind::Professional;
    let (mut above, mut own): (Vec<Placed<'_>>, Vec<Placed<'_>>) = (Vec::new(), Vec::new());
    for text in file.split_terminator("~\n") {
        let id = text.split('*').next().unwrap_or("");
        if matches!(id, "HL" | "SE" | "CLM") && !own.is_empty() {
            claims.push(read(kind, above.iter().chain(&own)));
            own.clear();
        }
        if matches!(id, "ISA" | "GS" | "GE" | "IEA" | "SE") {
            continue;
        }
        if id == "ST" {
            let institutional = text.contains("X223");
            kind = if institutional { ClaimKind::Institutional } else { ClaimKind::Professional };
            above.clear();
            placer = Placer::default();
        }
        let placed = placer.place(text);
        if id == "HL" {
            let level = placed.0;
            let same = |one: &Placed<'_>| one.3.starts_with("HL") && one.0 >= level;
            let keep = above.iter().position(same);
            above.truncate(keep.unwrap_or(above.len()));
        }
        if own.is_empty() && id != "CLM" { above.push(placed) } else { own.push(placed) }
    }
    claims
}

fn read<'a>(kind: ClaimKind, placed: impl Iterator<Item = &'a Placed<'a>>) -> Claim {
    let mut buffer = SegmentBuffer::new();
    let mut ends = Vec::new();
    for (index, &(loop_id, instance, parent, text)) in placed.enumerate() {
        let number = index as u32 + 1;
        let mut meta = SegmentMeta::unplaced(u64::from(number), number, u64::from(number));
        (meta.loop_id, meta.loop_path) = (loop_id, loop_id);
        (meta.loop_instance, meta.parent_instance) = (instance, parent);
        buffer.push(Segment::parse(text.as_bytes(), Separators::default(), &mut ends), meta);
    }
    let mut loss = LossReport::default();
    read_claim(kind, SourcePosition::default(), buffer.iter(), &mut loss).claim
}

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
        let request = Request {
            claim,
            claim_control_number: &number,
            received_on,
            clean_on: None,
            pay_on: received_on,
            medium: Medium::Electronic,
            edits: &[],
            prior,
        };
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
