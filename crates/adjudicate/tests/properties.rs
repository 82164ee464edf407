//! What holds for any claim, plan and contract: balance, limits, restoration, determinism.

mod common;

use common::{World, claim, line, request};
use counterfoil_adjudicate::{
    AccumulatorAmounts, Decision, DecisionState, PriorClaim, Request, remittance_claim,
};
use counterfoil_base::{Cents, Decimal};
use counterfoil_claim::{AdjudicatedLine, Adjustment, AdjustmentGroup, Claim, OtherPayer};
use proptest::prelude::*;

const ON: &str = "2026-03-02";
const CODES: [&str; 5] = ["G0463", "J1885", "A0425", "S2085", "Q4001"];
const FEES: &str = "schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n\
    S,G0463,,2026-01-01,,8000,10001\nS,J1885,,2026-01-01,,333,333\n\
    S,A0425,,2026-01-01,,20000,20000\n";
const MEMBERS: &str = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
    A1,A1,18,RIVERA,ANA,1980-02-03,F,P,2026-01-01,,,\n\
    A2,A1,01,RIVERA,BEN,1981-02-03,M,P,2026-01-01,,,\n";

#[derive(Clone, Debug)]
struct Terms {
    deductible: u32,
    family: u32,
    maximum: u32,
    family_maximum: u32,
    coinsurance: u32,
    copay: u32,
    percent: u32,
    withhold: u32,
    lesser: bool,
    in_network: bool,
    non_duplication: bool,
    case_rate: bool,
}

prop_compose! {
    fn terms()(
        deductible in 0u32..300, family in 0u32..500, maximum in 0u32..600,
        family_maximum in 0u32..900, coinsurance in 0u32..=100, copay in 0u32..60,
        percent in 0u32..=150, withhold in 0u32..=100, flags in any::<[bool; 4]>(),
    ) -> Terms {
        let [lesser, in_network, non_duplication, case_rate] = flags;
        Terms {
            deductible, family, maximum, family_maximum, coinsurance, copay, percent, withhold,
            lesser, in_network, non_duplication, case_rate,
        }
    }
}

fn share(percent: u32) -> String {
    Decimal::new(i128::from(percent), 2).to_string()
}

fn world(terms: &Terms) -> World {
    let tier = format!(
        "deductible_individual = \"{}.00\"\ndeductible_family = \"{}.00\"\n\
         out_of_pocket_individual = \"{}.00\"\nout_of_pocket_family = \"{}.00\"\n",
        terms.deductible, terms.family, terms.maximum, terms.family_maximum
    );
    let rule = if terms.non_duplication { "non_duplication" } else { "standard" };
    let plans = format!(
        "[[plan]]\nid = \"P\"\nversion = \"1\"\nstate = \"CO\"\nfrom = \"2026-01-01\"\n\
         coordination = \"{rule}\"\n[plan.in_network]\n{tier}[plan.out_of_network]\n{tier}\
         [[plan.benefit]]\nid = \"no\"\nprocedures = [\"S2085\"]\ncovered = false\n\
         [[plan.benefit]]\nid = \"visit\"\nprocedures = [\"G0463\"]\ncopay = \"{}.00\"\n\
         coinsurance = \"{c}\"\n[[plan.benefit]]\nid = \"rest\"\ncoinsurance = \"{c}\"\n",
        terms.copay,
        c = share(terms.coinsurance),
    );
    let network = if terms.in_network { "in" } else { "out" };
    let mut contracts = format!(
        "[[contract]]\nid = \"C\"\nversion = \"1\"\nnpis = [\"1\"]\nfrom = \"2026-01-01\"\n\
         network = \"{network}\"\nlesser_of_charge = {}\nwithhold = \"{}\"\n\
         [[contract.term]]\nid = \"p\"\nprocedures = [\"A0425\"]\nmethod = \"percent_of_charge\"\n\
         percent = \"{}\"\n",
        terms.lesser,
        share(terms.withhold),
        share(terms.percent),
    );
    contracts.push_str(if terms.case_rate {
        "[[contract.term]]\nid = \"case\"\nmethod = \"case_rate\"\nrate = \"777.77\"\n"
    } else {
        "[[contract.term]]\nid = \"f\"\nmethod = \"fee_schedule\"\nschedule = \"S\"\n"
    });
    let files = [
        ("plans.toml", plans.as_str()),
        ("contracts.toml", contracts.as_str()),
        ("fee_schedule.csv", FEES),
    ];
    World::new(&files, MEMBERS)
}

#[derive(Clone, Debug)]
struct Service {
    code: usize,
    charge: i64,
    units: i64,
    other: Option<(i64, i64)>,
}

fn services() -> impl Strategy<Value = Vec<Service>> {
    let other = prop::option::of((0i64..60_000, 0i64..60_000));
    let service = (0..CODES.len(), 0i64..90_000, 1i64..5, other)
        .prop_map(|(code, charge, units, other)| Service { code, charge, units, other });
    prop::collection::vec(service, 1..6)
}

fn build(services: &[Service], second_person: bool, secondary: bool) -> Claim {
    let mut lines = Vec::new();
    for (service, number) in services.iter().zip(1..) {
        let mut one = line(number, CODES[service.code], &[], service.charge, ON);
        one.units = Decimal::whole(service.units);
        if let Some((paid, left)) = service.other.filter(|_| secondary) {
            one.adjudications.push(AdjudicatedLine {
                paid_cents: Cents(paid),
                adjustments: vec![Adjustment {
                    group: AdjustmentGroup::PatientResponsibility,
                    reason: "1".into(),
                    amount_cents: Cents(left),
                    quantity: None,
                }],
                ..AdjudicatedLine::default()
            });
        }
        lines.push(one);
    }
    let (member, birth) = if second_person { ("A2", "1981-02-03") } else { ("A1", "1980-02-03") };
    let mut claim = claim(member, birth, "1", lines);
    if secondary {
        claim.subscriber.payer_responsibility = "S".into();
        claim.other_payers.push(OtherPayer::default());
    }
    claim
}

fn check_money(claim: &Claim, decision: &Decision) {
    let mut paid = Cents::ZERO;
    let mut adjusted = Cents::ZERO;
    for line in &decision.lines {
        assert_eq!(line.balance(), line.paid_cents);
        assert!(!line.paid_cents.is_negative() && line.paid_cents <= line.allowed_cents);
        let patient: Cents = line
            .adjustments
            .iter()
            .filter(|one| one.group == AdjustmentGroup::PatientResponsibility)
            .map(|one| one.amount_cents)
            .sum();
        assert_eq!(patient, line.patient.total(), "CLP05 is the sum of PR");
        paid += line.paid_cents;
        adjusted += line.adjustments.iter().map(|one| one.amount_cents).sum::<Cents>();
    }
    assert_eq!(paid, decision.paid_cents);
    assert_eq!(claim.charge_cents - adjusted, paid);
    if let Some(remittance) = remittance_claim(claim, decision) {
        let lines: Cents = remittance.lines.iter().map(|line| line.paid_cents).sum();
        assert_eq!(lines, remittance.paid_cents);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_balances_stays_in_the_limits_and_goes_back(
        terms in terms(),
        claims in prop::collection::vec((services(), any::<bool>(), any::<bool>()), 1..6),
    ) {
        let mut world = world(&terms);
        let mut states = vec![snapshot(&world)];
        let mut kept = Vec::new();
        for (services, second_person, secondary) in &claims {
            let claim = build(services, *second_person, *secondary);
            let decision = world.decide(&claim, ON);
            let again = world.decide(&claim, ON);
            prop_assert_eq!(&decision, &again, "the same inputs decide alike");
            check_money(&claim, &decision);
            let pended = decision.state == DecisionState::Pended;
            if pended {
                prop_assert!(decision.lines.iter().any(|line| line.paid_cents.is_zero()));
                continue;
            }
            world.accumulators.apply(&decision.accumulator_changes);
            for (key, amounts) in world.accumulators.sorted() {
                let (deductible, maximum) = if key.is_family {
                    let family = if terms.family == 0 { u32::MAX } else { terms.family };
                    (family, terms.family_maximum)
                } else {
                    (terms.deductible, terms.maximum)
                };
                prop_assert!(amounts.deductible_cents.0 <= i64::from(deductible) * 100);
                prop_assert!(amounts.out_of_pocket_cents.0 <= i64::from(maximum) * 100);
            }
            states.push(snapshot(&world));
            kept.push(decision);
        }
        // Voids in reverse order bring back every state on the way.
        while let Some(decision) = kept.pop() {
            states.pop();
            let mut void = build(&claims[0].0, false, false);
            void.bill_type.frequency = "8".into();
            let prior = PriorClaim {
                claim_control_number: "CF1",
                accumulator_changes: &decision.accumulator_changes,
            };
            let voided = world.judge(&Request { prior: Some(prior), ..request(&void, ON) });
            prop_assert_eq!(voided.state, DecisionState::Voided);
            world.accumulators.apply(&voided.reversal.unwrap().accumulator_changes);
            prop_assert_eq!(Some(&snapshot(&world)), states.last());
        }
    }
}

fn snapshot(world: &World) -> Vec<(String, AccumulatorAmounts)> {
    let sorted = world.accumulators.sorted();
    let named = |key: &counterfoil_adjudicate::AccumulatorKey| {
        format!("{} {} {}", key.holder.expose(), key.is_family, key.in_network)
    };
    sorted.into_iter().map(|(key, amounts)| (named(key), amounts)).collect()
}
