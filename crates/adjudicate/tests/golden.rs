//! Hand-worked cases: benefits, families, other payers, DRG, interest, corrections, persons.

mod common;

use common::{World, claim, day, line, request};
use counterfoil_adjudicate::{
    DecideError, Decision, DecisionState, Edit, EditAction, PriorClaim, Request, Verdict, decide,
    remittance_claim,
};
use counterfoil_base::{Cents, Decimal, Finding, Phi, Position};
use counterfoil_claim::{
    AdjudicatedLine, Adjustment, AdjustmentGroup, Amount, Claim, ClaimDate, ClaimKind, CodedValue,
    InstitutionalFacts, OtherPayer, Person,
};

const PLANS: &str = r#"
[[plan]]
id = "SILVER"
version = "2026.1"
line_of_business = "commercial"
state = "CO"
from = "2026-01-01"
to = "2026-12-31"
timely_filing_days = 180

[plan.in_network]
deductible_individual = "100.00"
deductible_family = "150.00"
out_of_pocket_individual = "300.00"
out_of_pocket_family = "400.00"

[[plan.benefit]]
id = "visit"
procedures = ["G0463"]
copay = "25.00"
copay_per = "day"
deductible_applies = false

[[plan.benefit]]
id = "cosmetic"
procedures = ["S2085"]
covered = false

[[plan.benefit]]
id = "imaging"
procedures = ["C8900-C8920"]
coinsurance = "0.20"
authorization = "deny"

[[plan.benefit]]
id = "transplant"
procedures = ["S2053"]
authorization = "pend"

[[plan.benefit]]
id = "rest"
coinsurance = "0.20"

[[plan]]
id = "CARVE"
version = "2026.1"
state = "CO"
from = "2026-01-01"
coordination = "non_duplication"
[[plan.benefit]]
id = "rest"
coinsurance = "0.20"
"#;

const CONTRACTS: &str = r#"
[[contract]]
id = "PRACTICE"
version = "3"
npis = ["1111111111"]
from = "2026-01-01"
[[contract.term]]
id = "fees"
claim_kind = "professional"
method = "fee_schedule"
schedule = "S"

[[contract]]
id = "WITHHELD"
version = "1"
npis = ["2222222222"]
from = "2026-01-01"
withhold = "0.02"
timely_filing_days = 30
[[contract.term]]
id = "half"
method = "percent_of_charge"
percent = "0.50"

[[contract]]
id = "HOSPITAL"
version = "1"
npis = ["3333333333"]
from = "2025-01-01"
lesser_of_charge = false
[[contract.term]]
id = "implants"
claim_kind = "institutional"
revenue_codes = ["0278"]
method = "percent_of_charge"
percent = "0.40"
[[contract.term]]
id = "drg"
claim_kind = "institutional"
bill_types = ["11"]
method = "drg"
base_rate = "6000.00"
cost_to_charge = "0.35"
outlier_threshold = "20000.00"
[[contract.term]]
id = "skilled"
claim_kind = "institutional"
bill_types = ["21"]
method = "per_diem"
rate = "500.00"
[[contract.term]]
id = "outpatient"
claim_kind = "institutional"
method = "lesser_of"
options = [
    { method = "percent_of_charge", percent = "0.60" },
    { method = "fee_schedule", schedule = "S" },
]
"#;

const FEES: &str = "schedule_id,code,modifier,from,to,facility_cents,non_facility_cents\n\
    S,G0463,,2026-01-01,,8000,10000\n\
    S,J1885,,2026-01-01,,200,200\n\
    S,J1885,JW,2026-01-01,,100,100\n\
    S,A0425,,2026-01-01,2026-06-30,20000,20000\n\
    S,A0425,,2026-07-01,,21000,21000\n\
    S,C8900,,2026-01-01,,30000,30000\n\
    S,S2053,,2026-01-01,,30000,30000\n";

const DRGS: &str = "msdrg,post_acute,special_pay,weight,gmlos\n470,Yes,No,2.0000,4.0\n";

const MEMBERS: &str = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n\
    A1,A1,18,RIVERA,ANA,1980-02-03,F,SILVER,2026-01-01,2026-12-31,,\n\
    A2,A1,01,RIVERA,BEN,1981-02-03,M,SILVER,2026-01-01,2026-12-31,,\n\
    A3,A1,19,RIVERA,LUIS,2012-09-30,M,SILVER,2026-01-01,2026-12-31,,\n\
    A4,A1,19,RIVERA,LUZ,2012-09-30,F,SILVER,2026-01-01,2026-12-31,,\n\
    B1,B1,18,OTHER,PAT,1970-01-01,U,SILVER,2026-01-01,2026-06-30,60054,P\n\
    C1,C1,18,OTHER,SAM,1970-01-01,U,CARVE,2026-01-01,,60054,P\n";

fn world() -> World {
    World::new(
        &[
            ("plans.toml", PLANS),
            ("contracts.toml", CONTRACTS),
            ("fee_schedule_s.csv", FEES),
            ("msdrg_table5_fy2026.csv", DRGS),
        ],
        MEMBERS,
    )
}

const ON: &str = "2026-03-02";

fn ana(lines: Vec<counterfoil_claim::Line>) -> Claim {
    claim("A1", "1980-02-03", "1111111111", lines)
}

fn dependent(first_name: &str, birth: &str, charge: i64) -> Claim {
    let mut claim = ana(vec![line(1, "A0425", &[], charge, ON)]);
    claim.patient = Some(Person {
        first_name: Phi::new(first_name.into()),
        birth_date: Phi::new(birth.into()),
        ..Person::default()
    });
    claim
}

/// (state, allowed, paid, deductible, coinsurance, copay, other) in cents.
fn money(decision: &Decision) -> (DecisionState, [i64; 6]) {
    let share = &decision.patient;
    let amounts = [
        decision.allowed_cents,
        decision.paid_cents,
        share.deductible_cents,
        share.coinsurance_cents,
        share.copay_cents,
        share.other_cents,
    ];
    (decision.state, amounts.map(|cents| cents.0))
}

fn adjustments(decision: &Decision, at: usize) -> Vec<(&'static str, String, i64)> {
    let adjustments = decision.lines[at].adjustments.iter();
    adjustments.map(|a| (a.group.code(), a.reason.to_string(), a.amount_cents.0)).collect()
}

#[test]
fn deductible_is_crossed_inside_a_line() {
    // Allowed 200: deductible 100, then 20 percent of 100.
    let decision = world().decide(&ana(vec![line(1, "A0425", &[], 25_000, ON)]), ON);
    assert_eq!(money(&decision), (DecisionState::Approved, [20_000, 8000, 10_000, 2000, 0, 0]));
    let expected = [
        ("CO", "45".to_owned(), 5000),
        ("PR", "1".to_owned(), 10_000),
        ("PR", "2".to_owned(), 2000),
    ];
    assert_eq!(adjustments(&decision, 0), expected);
}

#[test]
fn the_price_follows_the_day_the_place_the_modifier_and_the_charge() {
    let world = world();
    for (code, modifiers, place, on, units, charge, allowed) in [
        ("A0425", &[][..], "11", "2026-06-30", 1, 99_999, 20_000),
        ("A0425", &[], "11", "2026-07-01", 1, 99_999, 21_000),
        ("G0463", &[], "11", ON, 1, 99_999, 10_000),
        ("G0463", &[], "22", ON, 1, 99_999, 10_000),
        ("J1885", &[], "11", ON, 4, 99_999, 800),
        ("J1885", &["JW"], "11", ON, 4, 99_999, 400),
        ("A0425", &[], "11", ON, 1, 15_000, 15_000),
    ] {
        let mut one = line(1, code, modifiers, charge, on);
        one.units = Decimal::whole(units);
        one.place_of_service = place.into();
        let decision = world.decide(&ana(vec![one]), on);
        assert_eq!(decision.allowed_cents, Cents(allowed), "{code} {modifiers:?} {on}");
    }
}

#[test]
fn a_copay_is_due_once_a_day_and_stands_before_no_deductible() {
    let lines = vec![
        line(1, "G0463", &[], 12_000, ON),
        line(2, "G0463", &[], 12_000, ON),
        line(3, "G0463", &[], 12_000, "2026-03-03"),
    ];
    let decision = world().decide(&ana(lines), "2026-03-04");
    assert_eq!(money(&decision), (DecisionState::Approved, [30_000, 25_000, 0, 0, 5000, 0]));
}

#[test]
fn the_family_deductible_ends_for_the_third_person_and_the_maximum_for_all() {
    let mut world = world();
    // Ana: 100 + 20; Ben: family rest 50, then 20 percent of 150; Luis: deductible met.
    let paid = |decision: Decision| money(&decision).1;
    assert_eq!(
        paid(world.keep(&ana(vec![line(1, "A0425", &[], 20_000, ON)]), ON))[1..4],
        [8000, 10_000, 2000]
    );
    assert_eq!(
        paid(world.keep(&dependent("Ben", "19810203", 20_000), ON))[1..4],
        [12_000, 5000, 3000]
    );
    assert_eq!(
        paid(world.keep(&dependent("Luis", "20120930", 20_000), ON))[1..4],
        [16_000, 0, 4000]
    );
    // Family out of pocket so far 120 + 80 + 40 = 240; four more visits of 40 reach 400.
    for _ in 0..4 {
        assert_eq!(paid(world.keep(&dependent("Luz", "20120930", 20_000), ON))[1], 16_000);
    }
    assert_eq!(paid(world.keep(&dependent("Luz", "20120930", 20_000), ON))[1..4], [20_000, 0, 0]);
}

#[test]
fn eligibility_denies_with_the_reason_of_the_trade() {
    let world = world();
    let on = |text: &str| vec![line(1, "A0425", &[], 20_000, text)];
    let unknown = claim("ZZ", "1980-02-03", "1111111111", on(ON));
    let mistaken = claim("A1", "1999-09-09", "1111111111", on(ON));
    let late = claim("B1", "1970-01-01", "1111111111", on("2026-07-01"));
    let early = claim("A1", "1980-02-03", "1111111111", on("2025-12-31"));
    let stranger = dependent("Luis", "20110101", 20_000);
    let twin = dependent("Lou", "20120930", 20_000);
    for (claim, reason, status) in [
        (unknown, "31", "4"),
        (mistaken, "31", "4"),
        (stranger, "31", "4"),
        (twin, "31", "4"),
        (late, "27", "1"),
        (early, "26", "1"),
    ] {
        let decision = world.decide(&claim, "2026-07-02");
        assert_eq!(decision.state, DecisionState::Denied);
        assert_eq!(adjustments(&decision, 0), [("PR", reason.to_owned(), 20_000)]);
        let remittance = remittance_claim(&claim, &decision).unwrap();
        assert_eq!(remittance.status_code, status);
    }
}

#[test]
fn administrative_limits_deny_and_pend() {
    let world = world();
    let one = |code: &str| ana(vec![line(1, code, &[], 30_000, ON)]);
    let mut authorized = one("C8900");
    authorized
        .references
        .push(counterfoil_claim::Reference { qualifier: "G1".into(), value: "AUTH1".into() });
    let mut delayed = one("A0425");
    delayed.delay_reason = "7".into();
    for (claim, received, state, reason) in [
        (one("A0425"), "2026-08-29", DecisionState::Approved, "45"),
        (one("A0425"), "2026-08-30", DecisionState::Denied, "29"),
        (delayed, "2026-08-30", DecisionState::Pended, "45"),
        (one("S2085"), ON, DecisionState::Denied, "96"),
        (one("C8900"), ON, DecisionState::Denied, "197"),
        (authorized, ON, DecisionState::Approved, "1"),
        (one("S2053"), ON, DecisionState::Pended, "1"),
        (one("Q9999"), ON, DecisionState::Pended, "133"),
    ] {
        let decision = world.decide(&claim, received);
        assert_eq!(decision.state, state, "{reason} {:?}", decision.reasons);
        assert_eq!(decision.lines[0].adjustments[0].reason, reason);
        assert_eq!(decision.lines[0].balance(), decision.lines[0].paid_cents);
    }
}

#[test]
fn withhold_is_taken_from_the_payment_and_the_contract_limits_filing() {
    let world = world();
    let claim = claim("A1", "1980-02-03", "2222222222", vec![line(1, "A0425", &[], 40_001, ON)]);
    // 200.01 half up; deductible 100; 20 percent of 100.01 = 20.00; payment 80.01; 2 percent.
    let decision = world.decide(&claim, ON);
    assert_eq!(money(&decision).1, [20_001, 7841, 10_000, 2000, 0, 0]);
    assert_eq!(decision.withhold_cents, Cents(160));
    assert_eq!(adjustments(&decision, 0).last(), Some(&("CO", "104".to_owned(), 160)));
    let late = world.decide(&claim, "2026-04-02");
    assert_eq!(adjustments(&late, 0), [("CO", "29".to_owned(), 40_001)]);
}

/// A claim after another payer that paid and left the given cents.
fn secondary(member: &str, paid: i64, left: i64) -> Claim {
    let mut one = line(1, "A0425", &[], 25_000, ON);
    one.adjudications.push(AdjudicatedLine {
        payer_id: "60054".into(),
        paid_cents: Cents(paid),
        adjustments: vec![
            Adjustment {
                group: AdjustmentGroup::ContractualObligation,
                reason: "45".into(),
                amount_cents: Cents(25_000 - paid - left),
                quantity: None,
            },
            Adjustment {
                group: AdjustmentGroup::PatientResponsibility,
                reason: "2".into(),
                amount_cents: Cents(left),
                quantity: None,
            },
        ],
        ..AdjudicatedLine::default()
    });
    let mut claim = claim(member, "1970-01-01", "1111111111", vec![one]);
    claim.subscriber.payer_responsibility = "S".into();
    claim.other_payers.push(OtherPayer::default());
    claim
}

#[test]
fn a_second_payer_pays_what_is_left_and_never_more_than_its_own_benefit() {
    let world = world();
    for (member, paid, left, expected, patient) in [
        // Own benefit 80 after deductible; 40 left: pays it all.
        ("B1", 16_000, 4000, 4000, 0),
        // 150 left: own benefit 80, the patient owes the rest of own cost share.
        ("B1", 5000, 15_000, 8000, 7000),
        // Non-duplication: own benefit 160, the other paid 160.
        ("C1", 16_000, 4000, 0, 4000),
        // Non-duplication: own benefit 160, the other paid 100.
        ("C1", 10_000, 10_000, 6000, 4000),
    ] {
        let claim = secondary(member, paid, left);
        let decision = world.decide(&claim, ON);
        assert_eq!(decision.paid_cents, Cents(expected), "{member} {paid} {left}");
        assert_eq!(decision.patient.total(), Cents(patient), "{member} {paid} {left}");
        assert_eq!(adjustments(&decision, 0)[0], ("OA", "23".to_owned(), 25_000 - left));
        assert_eq!(remittance_claim(&claim, &decision).unwrap().status_code, "2");
    }
}

#[test]
fn amounts_of_another_payer_at_claim_level_are_spread_and_silence_is_denied() {
    let world = world();
    let mut claim = secondary("B1", 0, 0);
    claim.lines[0].adjudications.clear();
    claim.other_payers[0].amounts =
        vec![Amount { qualifier: "D".into(), amount_cents: Cents(16_000) }];
    claim.other_payers[0].adjustments = vec![Adjustment {
        group: AdjustmentGroup::PatientResponsibility,
        reason: "2".into(),
        amount_cents: Cents(4000),
        quantity: None,
    }];
    assert_eq!(world.decide(&claim, ON).paid_cents, Cents(4000));
    claim.other_payers.clear();
    let silent = world.decide(&claim, ON);
    assert_eq!(adjustments(&silent, 0), [("OA", "22".to_owned(), 25_000)]);
}

/// An inpatient claim: room and implant, five days, DRG 470.
fn inpatient(room: i64, status: &str, stay: &str, bill: &str) -> Claim {
    let mut lines =
        vec![line(1, "", &[], room, "2026-03-01"), line(2, "", &[], 10_000, "2026-03-01")];
    for (one, revenue) in lines.iter_mut().zip(["0120", "0278"]) {
        one.procedure = None;
        one.revenue_code = revenue.into();
    }
    lines[0].units = Decimal::whole(5);
    let mut claim = claim("A1", "1980-02-03", "3333333333", lines);
    claim.kind = ClaimKind::Institutional;
    claim.bill_type.facility_code = bill.into();
    claim.institutional = Some(InstitutionalFacts {
        discharge_status: status.into(),
        ..InstitutionalFacts::default()
    });
    claim.coded_values =
        vec![CodedValue { qualifier: "DR".into(), code: "470".into(), ..CodedValue::default() }];
    claim.dates =
        vec![ClaimDate { qualifier: "434".into(), format: "RD8".into(), value: stay.into() }];
    claim
}

#[test]
fn drg_pays_weight_times_base_with_transfer_and_outlier_and_carve_outs() {
    let world = world();
    let five = "20260301-20260306";
    let two = "20260301-20260303";
    for (room, status, stay, bill, allowed) in [
        // 2.0 x 6,000 = 12,000, above the charge: the contract has no charge limit.
        (1_000_000, "01", five, "11", 1_200_000),
        // Cost 120,000 x 0.35 = 42,000; less 32,000 = 10,000; x 0.8 = 8,000.
        (12_000_000, "01", five, "11", 2_000_000),
        // Transfer to skilled nursing after 2 days: 12,000 x 3 / 4.
        (1_000_000, "03", two, "11", 900_000),
        // Transfer after 5 days: the full amount.
        (1_000_000, "02", five, "11", 1_200_000),
        // Per diem: 5 room days x 500.
        (1_000_000, "01", five, "21", 250_000),
    ] {
        let decision = world.decide(&inpatient(room, status, stay, bill), "2026-03-10");
        assert_eq!(decision.lines[0].allowed_cents, Cents(allowed), "{room} {status} {bill}");
        // The implant is carved out at 40 percent.
        assert_eq!(decision.lines[1].allowed_cents, Cents(4000));
    }
}

#[test]
fn an_outlier_opens_to_its_numbers() {
    let claim = inpatient(12_000_000, "01", "20260301-20260306", "11");
    let decision = world().decide(&claim, "2026-03-10");
    let formulas: Vec<String> = decision.trace.iter().map(|step| step.explain().formula).collect();
    for expected in [
        "2 x 6000.00 = 12000.00",
        "(120000.00 x 0.35 - (12000.00 + 20000.00)) x 0.8 = 8000.00",
        "lower of 20000.00 and 100.00 = 100.00",
    ] {
        assert!(formulas.iter().any(|formula| formula == expected), "{expected}: {formulas:#?}");
    }
    let drg = decision.trace.iter().map(|step| step.explain()).find(|one| one.value.0 == 1_200_000);
    assert_eq!(drg.unwrap().rule.id, "contract.HOSPITAL.drg");
}

#[test]
fn a_replacement_gives_back_before_it_takes_and_a_void_only_gives_back() {
    let mut world = world();
    let first = ana(vec![line(1, "A0425", &[], 20_000, ON)]);
    let original = world.keep(&first, ON);
    let report = remittance_claim(&first, &original).unwrap();
    let prior = PriorClaim {
        claim_control_number: "CF1",
        accumulator_changes: &original.accumulator_changes,
    };
    let mut replacement = ana(vec![line(1, "A0425", &[], 20_000, ON)]);
    replacement.bill_type.frequency = "7".into();
    let corrected = world.judge(&Request { prior: Some(prior), ..request(&replacement, ON) });
    assert_eq!(money(&corrected), money(&original), "the deductible was given back first");
    let orphan = world.decide(&replacement, ON);
    assert_eq!(orphan.state, DecisionState::Rejected);
    assert_eq!(orphan.reasons[0].code, "ADJ-original-not-found");

    replacement.bill_type.frequency = "8".into();
    let voided = world.judge(&Request { prior: Some(prior), ..request(&replacement, ON) });
    assert_eq!(voided.state, DecisionState::Voided);
    world.accumulators.apply(&voided.reversal.unwrap().accumulator_changes);
    assert!(world.accumulators.sorted().is_empty(), "nothing is left of the first claim");
    let reversal = report.reversal();
    assert_eq!((reversal.status_code.as_str(), reversal.paid_cents), ("22", Cents(-8000)));
    assert_eq!(reversal.lines[0].adjustments[0].amount_cents, Cents(-10_000));
}

#[test]
fn edits_reject_deny_a_line_or_pend_and_only_a_named_person_finishes() {
    let world = world();
    let claim = ana(vec![line(1, "A0425", &[], 20_000, ON), line(2, "J1885", &[], 500, ON)]);
    let on_line_two = Position { service_line: Some(2), ..Position::default() };
    let finding = Finding::error("MUE", 7, "too many units").at(on_line_two);
    let structural = Finding::error("X12-2", 2, "element missing");
    let deny = EditAction::Deny {
        group: AdjustmentGroup::ContractualObligation,
        reason: "222".into(),
        remark: "N362".into(),
    };
    let with = |finding: &Finding, action: EditAction| {
        world.judge(&Request { edits: &[Edit { finding, action }], ..request(&claim, ON) })
    };
    assert_eq!(with(&structural, Edit::usual(&structural).action).state, DecisionState::Rejected);
    let denied = with(&finding, deny);
    assert_eq!(denied.state, DecisionState::Approved);
    assert_eq!(adjustments(&denied, 1), [("CO", "222".to_owned(), 500)]);
    assert_eq!(denied.lines[1].remark_codes, ["N362"]);

    let pended = with(&finding, EditAction::Pend);
    assert_eq!(pended.state, DecisionState::Pended);
    assert!(remittance_claim(&claim, &pended).is_none());
    let on = day("2026-03-05");
    for (person, reason, error) in
        [("  ", "ok", DecideError::NoPerson), ("A. Clerk", "", DecideError::NoReason)]
    {
        assert_eq!(decide(&pended, person, &Verdict::Approve, reason, on), Err(error));
    }
    let approved = decide(&pended, "A. Clerk", &Verdict::Approve, "records seen", on).unwrap();
    assert_eq!((approved.state, approved.paid_cents), (DecisionState::Approved, pended.paid_cents));
    assert_eq!(approved.decided_by.as_ref().unwrap().person, "A. Clerk");
    let verdict = Verdict::Deny {
        group: AdjustmentGroup::ContractualObligation,
        reason: "50".into(),
        remark: "".into(),
    };
    let refused = decide(&pended, "Dr. M. Day", &verdict, "not necessary", on).unwrap();
    assert_eq!((refused.state, refused.paid_cents), (DecisionState::Denied, Cents::ZERO));
    assert!(refused.accumulator_changes.is_empty());
    assert_eq!(decide(&refused, "X", &verdict, "again", on), Err(DecideError::NotPended));
}

#[test]
fn amounts_and_forms_that_cannot_be_judged_are_returned() {
    let world = world();
    let mut unbalanced = ana(vec![line(1, "A0425", &[], 20_000, ON)]);
    unbalanced.charge_cents = Cents(1);
    let huge = ana(vec![line(1, "A0425", &[], i64::MAX, ON)]);
    let negative = ana(vec![line(1, "A0425", &[], -5, ON)]);
    let mut undated = ana(vec![line(1, "A0425", &[], 5, ON)]);
    undated.lines[0].dates.clear();
    for (claim, code) in [
        (unbalanced, "ADJ-unbalanced"),
        (huge, "ADJ-charge-out-of-range"),
        (negative, "ADJ-charge-out-of-range"),
        (undated, "ADJ-no-service-date"),
        (ana(Vec::new()), "ADJ-no-lines"),
    ] {
        let decision = world.decide(&claim, ON);
        assert_eq!(decision.state, DecisionState::Rejected);
        assert!(decision.reasons.iter().any(|reason| reason.code == code), "{code}");
    }
}
