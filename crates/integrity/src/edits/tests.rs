//! Each edit with a claim that passes and one that does not.

use crate::history::{
    ClaimHistory, EarlierClaim, FileHistory, NamedClaim, NoHistory, ServiceFingerprint,
};
use crate::tests::{
    address, day, hospital_claim, line, office_claim, on, provider, reference, told,
};
use crate::{
    ClaimStatusEntry, CleanClaimConfig, CleanClaimEngine, EditScope, Outcome, RulePack, Tables,
};
use counterfoil_base::{Cents, Finding, Severity, Text, Units};
use counterfoil_claim::Claim;
use std::sync::OnceLock;

/// Invented NCCI rows over HCPCS level II codes, in the publisher's layout.
fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables::builtin();
        for (name, text) in [
            (
                "ncci_ptp_practitioner_2025q3.csv",
                "column1,modifier_indicator,deletion_date,column2_codes\n\
                 G0101,1,9999-12-31,Q0091\nG0101,0,9999-12-31,G0102\n\
                 G0101,9,9999-12-31,G0103\nG0101,0,2025-07-01,G0104\n",
            ),
            (
                "ncci_ptp_outpatient_2025q3.csv",
                "column1,modifier_indicator,deletion_date,column2_codes\nG0101,0,,Q0091\n",
            ),
            ("ncci_mue_prac_2025q3.csv", "hcpcs,mue_units,mai\nJ1885,8,3\nG0447,2,2\nG0108,4,1\n"),
            ("ncci_mue_dme_2025q3.csv", "hcpcs,mue_units,mai\nA4206,0,3\n"),
            (
                "ncci_addon_codes_2025.csv",
                "primary,addon,edit_type\nG0101,G2211,1\nG0102,G2212,3\nCCCCC,G2213,2\n",
            ),
        ] {
            tables.add_file(name, text.as_bytes()).unwrap();
        }
        tables
    })
}

fn engine(config: CleanClaimConfig) -> CleanClaimEngine {
    CleanClaimEngine::new(tables().clone(), Vec::new(), config)
}

fn check_on(claim: &Claim, received_on: &str) -> Vec<Finding> {
    engine(CleanClaimConfig::default()).check_claim(claim, &NoHistory, Some(day(received_on)))
}

fn check(claim: &Claim) -> Vec<Finding> {
    check_on(claim, "20250801")
}

#[test]
fn clean_claims_pass_every_edit() {
    for claim in [
        office_claim(&["T1015", "J1885"]),
        hospital_claim("13", &["G0463", "J1885"]),
        hospital_claim("11", &["T1015"]),
    ] {
        assert_eq!(told(&check(&claim)), "");
    }
}

/// What spoils a claim that passes, and the finding that answers.
type Case = (fn() -> Claim, fn(&mut Claim), &'static str);

fn office() -> Claim {
    office_claim(&["T1015", "J1885"])
}

fn outpatient() -> Claim {
    hospital_claim("13", &["G0463"])
}

fn inpatient() -> Claim {
    hospital_claim("11", &["T1015"])
}

fn check_cases(cases: &[Case]) {
    for (parent, spoil, expected) in cases {
        let mut claim = parent();
        assert_eq!(told(&check(&claim)), "", "the claim without the defect for: {expected}");
        spoil(&mut claim);
        assert_eq!(told(&check(&claim)).trim_end(), *expected);
    }
}

#[test]
fn numbers_codes_balance_and_pointers_are_checked_on_the_model() {
    check_cases(&[
        (
            office,
            |c| c.billing_provider.id = "1234567890".into(),
            "INT-5-npi-check-digit error -: The NPI of the billing provider is not a possible one.",
        ),
        (
            office,
            |c| {
                c.providers.push(provider("82"));
                c.providers[0].id = "123456789".into();
            },
            "INT-5-npi-check-digit error -: The NPI of the rendering provider is not a possible \
             one.",
        ),
        (
            office,
            |c| c.diagnoses[0].code = "E11".into(),
            "INT-5-diagnosis-code error -: Diagnosis code E11 is a header of more specific codes \
             and cannot be billed.",
        ),
        (
            office,
            |c| c.diagnoses[0].code = "E999".into(),
            "INT-5-diagnosis-code error -: Diagnosis code E999 is not in the list.",
        ),
        (
            office,
            |c| c.lines[1].procedure = line(2, "J9999X").procedure,
            "INT-5-procedure-code error 39: Procedure code J9999X is not in the list.",
        ),
        (
            office,
            |c| c.lines[0].procedure = line(1, "T1015 Y9").procedure,
            "INT-5-modifier error 35: Modifier Y9 is not in the list.",
        ),
        (
            office,
            |c| c.bill_type.facility_code = "30".into(),
            "INT-5-place-of-service error 25: Place of service 30 is not in the list.",
        ),
        (
            outpatient,
            |c| c.lines[0].revenue_code = "9999".into(),
            "INT-5-revenue-code error 35: Revenue code 9999 is not in the list.",
        ),
        (
            outpatient,
            |c| c.bill_type.facility_code = "92".into(),
            "INT-5-bill-type error 25: Type of bill 921 is not in the list.",
        ),
        (
            outpatient,
            |c| c.institutional.as_mut().unwrap().discharge_status = "99".into(),
            "INT-5-discharge-status error -: Discharge status 99 is not in the list.",
        ),
        (
            outpatient,
            |c| c.institutional.as_mut().unwrap().admission_source = "7".into(),
            "INT-5-admission-source error -: Point of origin 7 is no longer in force on the day \
             of service.",
        ),
        (
            office,
            |c| c.charge_cents = Cents(20_001),
            "INT-3-claim-charge-balance error 25: The claim charges 200.01, its lines charge \
             200.00.",
        ),
        (
            office,
            |c| c.lines[1].diagnosis_pointers = vec![1, 2],
            "INT-4-diagnosis-pointer error 39: A diagnosis pointer is 2 and the claim has 1 \
             diagnoses to point to.",
        ),
        (
            office,
            |c| c.bill_type.frequency = "7".into(),
            "INT-4-earlier-claim-number error 25: A replacement or void does not name the claim \
             it corrects.",
        ),
        (
            office,
            |c| c.lines.clear(),
            "INT-2-service-line-missing error 25: The claim has no service line.",
        ),
    ]);
}

#[test]
fn dates_units_modifiers_and_addresses_are_checked_on_every_claim() {
    check_cases(&[
        (
            office,
            |c| c.billing_provider.address = Some(address("NY", "021101234")),
            "INT-5-zip-in-state warning -: The ZIP code of the billing provider does not lie in \
             the state of the address.",
        ),
        (
            office,
            |c| c.lines[0].dates = vec![on("472", "20250802")],
            "INT-4-service-after-receipt error 35: The day of service lies after the day the \
             claim was received.",
        ),
        (
            office,
            |c| c.lines[1].units = Units::ZERO,
            "INT-5-service-units error 39: The line bills 0 units.",
        ),
        (
            outpatient,
            |c| c.lines[0].units = Units::new(-5, 1),
            "INT-5-service-units error 35: The line bills -0.5 units.",
        ),
        (
            inpatient,
            |c| {
                c.lines[0].unit_basis = "DA".into();
                c.lines[0].units = Units::new(15, 1);
            },
            "INT-5-service-units error 35: The line bills 1.5 days.",
        ),
        (
            office,
            |c| c.lines[0].procedure = line(1, "T1015 LT LT").procedure,
            "INT-5-modifier-twice error 35: Modifier LT stands twice on the line.",
        ),
        (
            office,
            |c| c.lines[0].procedure = line(1, "T1015 26 TC").procedure,
            "INT-5-modifier-conflict error 35: Modifiers 26 and TC contradict each other.",
        ),
        (
            office,
            |c| c.lines[1].procedure = line(1, "T1015").procedure,
            "INT-7-line-twice warning 39: The line repeats an earlier line of the claim.",
        ),
        (
            inpatient,
            |c| c.institutional.as_mut().unwrap().discharge_status = "30".into(),
            "INT-4-still-patient error -: The stay has ended and the patient is said to be \
             still in.",
        ),
        (
            inpatient,
            |c| c.bill_type.frequency = "3".into(),
            "INT-4-still-patient error -: The stay goes on after this bill and the patient is \
             said to have left.",
        ),
    ]);
    let mut repeated = office_claim(&["T1015", "T1015 76"]);
    assert_eq!(told(&check(&repeated)), "");
    repeated.lines[1].procedure = repeated.lines[0].procedure.clone();
    repeated.lines[1].dates = vec![on("472", "20250716")];
    assert_eq!(told(&check(&repeated)), "");
}

#[test]
fn a_claim_is_late_after_the_limit_unless_the_delay_has_a_reason() {
    let mut claim = office();
    assert_eq!(told(&check_on(&claim, "20260715")), "");
    let late = "INT-7-timely-filing error 35: The claim came 366 days after the service; the \
                limit is 365.\n";
    assert_eq!(told(&check_on(&claim, "20260716")), late);
    claim.delay_reason = "8".into();
    assert_eq!(told(&check_on(&claim, "20260716")), late.replace("error", "warning"));
    claim.delay_reason = "99".into();
    assert_eq!(told(&check_on(&claim, "20260716")), late);
    // A stay counts from its last day, and a replacement has a limit of its own.
    assert_eq!(told(&check_on(&inpatient(), "20260718")), "");
    assert_eq!(check_on(&inpatient(), "20260719").len(), 1);
    claim.bill_type.frequency = "7".into();
    claim.references = vec![reference("F8", "PAYER-1")];
    assert_eq!(told(&check_on(&claim, "20290101")), "");
    let config =
        CleanClaimConfig { correction_limit_days: Some(500), ..CleanClaimConfig::default() };
    let findings = engine(config).check_claim(&claim, &NoHistory, Some(day("20290101")));
    assert_eq!(findings.len(), 1);
}

#[test]
fn the_same_services_are_billed_once() {
    let engine = engine(CleanClaimConfig::default());
    let first = office();
    let mut history = FileHistory::default();
    let ask = |claim: &Claim, history: &FileHistory<'_>| {
        told(&engine.check_claim(claim, history, Some(day("20250801"))))
    };
    assert_eq!(ask(&first, &history), "");
    history.record(&first);
    // Another number, another order of lines, another diagnosis: still the same services.
    let mut again = first.clone();
    again.patient_control_number = "ACCOUNT-2".into();
    again.lines.reverse();
    again.source.segment = 60;
    let refused = "INT-7-duplicate-claim error 60: The same services were billed before, at \
                   segment 25 of this run's files.\n";
    assert_eq!(ask(&again, &history), refused);
    // A replacement or void that names the earlier claim is no duplicate of it.
    for frequency in ["7", "8"] {
        let mut corrected = again.clone();
        corrected.bill_type.frequency = frequency.into();
        corrected.references = vec![reference("F8", "PAYER-1")];
        assert_eq!(ask(&corrected, &history), "");
    }
    // Other days, units, patients and providers are other services.
    let others: [fn(&mut Claim); 4] = [
        |c| c.lines[0].dates = vec![on("472", "20250716")],
        |c| c.lines[0].units = Units::whole(2),
        |c| c.subscriber.person.first_name = counterfoil_base::Phi::new("OTHER".into()),
        |c| c.billing_provider.id = "1245319599".into(),
    ];
    for change in others {
        let mut other = again.clone();
        change(&mut other);
        assert_eq!(ask(&other, &history), "");
    }
    // After a void the services may be billed anew.
    let mut void = first.clone();
    void.bill_type.frequency = "8".into();
    void.references = vec![reference("F8", "PAYER-1")];
    history.record(&void);
    assert_eq!(ask(&again, &history), "");
}

/// A payer's history that knows one number and one claim.
struct Payer(ServiceFingerprint);

impl ClaimHistory for Payer {
    fn find_services(&self, claim: &Claim) -> Option<EarlierClaim> {
        (ServiceFingerprint::of(claim) == self.0).then(|| EarlierClaim {
            place: "on claim PAYER-1".to_string(),
            payer_claim_control_number: Some("PAYER-1".into()),
        })
    }

    fn named_claim(&self, claim: &Claim) -> Option<NamedClaim> {
        Some(match claim.payer_claim_control_number()? {
            "PAYER-1" => NamedClaim::Stands { charge_cents: claim.charge_cents },
            "PAYER-SMALLER" => NamedClaim::Stands { charge_cents: Cents(1) },
            "PAYER-PROVIDER" => NamedClaim::OtherProvider,
            "PAYER-PATIENT" => NamedClaim::OtherPatient,
            "PAYER-KIND" => NamedClaim::OtherKind,
            "PAYER-DAYS" => NamedClaim::OtherDays,
            "PAYER-VOIDED" => NamedClaim::TakenBack("voided on 2025-07-08".to_owned()),
            "PAYER-WAITS" => NamedClaim::Waits,
            "PAYER-RETURNED" => NamedClaim::Returned,
            _ => NamedClaim::Unknown,
        })
    }
}

#[test]
fn an_older_history_is_asked_after_the_file() {
    let engine = engine(CleanClaimConfig::default());
    let mut claim = office();
    let payer = Payer(ServiceFingerprint::of(&claim));
    let history = FileHistory::over(&payer);
    let ask = |claim: &Claim| told(&engine.check_claim(claim, &history, None));
    assert_eq!(
        ask(&claim),
        "INT-7-duplicate-claim error 25: The same services were billed before, on claim PAYER-1.\n"
    );
    claim.bill_type.frequency = "7".into();
    claim.references = vec![reference("F8", "PAYER-1")];
    assert_eq!(ask(&claim), "");
    claim.references = vec![reference("F8", "PAYER-2")];
    assert_eq!(
        ask(&claim),
        "INT-7-earlier-claim-unknown error 25: The claim to be replaced or voided is not known \
         to the payer.\nINT-7-duplicate-claim error 25: The same services were billed before, on \
         claim PAYER-1.\n"
    );
}

#[test]
fn only_a_claim_of_the_same_provider_patient_and_days_is_taken_back() {
    let engine = engine(CleanClaimConfig::default());
    let payer = Payer(ServiceFingerprint([0; 16]));
    for (frequency, number, expected) in [
        ("1", "PAYER-PATIENT", ""),
        ("7", "PAYER-1", ""),
        ("8", "PAYER-1", ""),
        ("7", "PAYER-SMALLER", ""),
        ("8", "PAYER-SMALLER", "INT-7-void-charge warning"),
        ("7", "PAYER-PROVIDER", "INT-7-earlier-claim-provider error A8:464:85"),
        ("7", "PAYER-PATIENT", "INT-7-earlier-claim-patient error A8:464:QC"),
        ("8", "PAYER-PATIENT", "INT-7-earlier-claim-patient error A8:464:QC"),
        ("7", "PAYER-KIND", "INT-7-earlier-claim-kind error A8:464"),
        ("8", "PAYER-DAYS", "INT-7-earlier-claim-days error A8:187"),
        ("7", "PAYER-VOIDED", "INT-7-earlier-claim-taken-back error A8:464"),
        ("7", "PAYER-WAITS", "INT-7-earlier-claim-waits error A8:464"),
        ("8", "PAYER-RETURNED", "INT-7-earlier-claim-returned error A8:464"),
    ] {
        let mut claim = office();
        claim.bill_type.frequency = frequency.into();
        claim.references = vec![reference("F8", number)];
        let found = engine.check_claim(&claim, &payer, None);
        let told: Vec<String> = found
            .iter()
            .map(|one| {
                let status = ClaimStatusEntry::of(one).map(|entry| format!(" {entry}"));
                format!("{} {}{}", one.code, one.severity.word(), status.unwrap_or_default())
            })
            .collect();
        assert_eq!(told.join(", "), expected, "frequency {frequency} of {number}");
    }
}

#[test]
fn procedure_pairs_are_refused_on_the_column_2_line() {
    for (claim, expected) in [
        (office_claim(&["G0101", "Q0091"]), "error 39: Procedure Q0091"),
        (office_claim(&["Q0091", "G0101"]), "error 35: Procedure Q0091"),
        (office_claim(&["G0101", "Q0091 59"]), ""),
        (office_claim(&["G0101 XU", "Q0091"]), ""),
        (office_claim(&["G0101", "Q0091 GA"]), "error 39: Procedure Q0091"),
        (office_claim(&["G0101", "G0102 59"]), "error 39: Procedure G0102"),
        (office_claim(&["G0101", "G0103"]), ""),
        (office_claim(&["G0101", "G0104"]), ""),
        (office_claim(&["G0101", "J1885"]), ""),
        (hospital_claim("13", &["G0101", "Q0091 59"]), "error 39: Procedure Q0091"),
        (hospital_claim("11", &["G0101", "Q0091"]), ""),
    ] {
        let found = told(&check(&claim));
        let wanted = match expected {
            "" => String::new(),
            place => format!(
                "INT-7-ncci-pair {place} is not paid beside G0101 of line {} on the same day \
                 (NCCI table of 2025-07-01).\n",
                if place.contains("39") { 1 } else { 2 }
            ),
        };
        assert_eq!(found, wanted, "{:?}", claim.lines.iter().map(|l| l.procedure.clone()));
    }
    let mut other_day = office_claim(&["G0101", "Q0091"]);
    other_day.lines[1].dates = vec![on("472", "20250716")];
    assert_eq!(told(&check(&other_day)), "");
    let mut other_provider = office_claim(&["G0101", "Q0091"]);
    other_provider.lines[1].providers = vec![provider("82")];
    other_provider.lines[1].providers[0].id = "1245319599".into();
    assert_eq!(told(&check(&other_provider)), "");
    // Before the table took effect it can only warn.
    let mut earlier = office_claim(&["G0101", "Q0091"]);
    earlier.lines.iter_mut().for_each(|line| line.dates = vec![on("472", "20250630")]);
    let severities: Vec<Severity> = check(&earlier).iter().map(|f| f.severity).collect();
    assert_eq!(severities, [Severity::Warning]);
}

#[test]
fn unit_limits_hold_for_the_line_or_for_the_day() {
    let units = |codes: &[&str], units: &[i64]| {
        let mut claim = office_claim(codes);
        for (line, units) in claim.lines.iter_mut().zip(units) {
            line.units = Units::whole(*units);
        }
        claim
    };
    for (claim, expected) in [
        (units(&["J1885"], &[8]), ""),
        (
            units(&["J1885"], &[9]),
            "error 35: 9 units of J1885 are billed for a day; the limit is 8",
        ),
        (
            units(&["J1885", "J1885 76"], &[5, 4]),
            "error 39: 9 units of J1885 are billed for a day; the limit is 8",
        ),
        (units(&["G0108", "G0108 76"], &[4, 4]), ""),
        (
            units(&["G0108"], &[5]),
            "error 35: 5 units of G0108 are billed for a line; the limit is 4",
        ),
        (
            units(&["A4206"], &[1]),
            "error 35: 1 units of A4206 are billed for a day; the limit is 0",
        ),
    ] {
        let wanted = match expected {
            "" => String::new(),
            told => format!("INT-7-ncci-units {told} (NCCI table of 2025-07-01).\n"),
        };
        assert_eq!(told(&check(&claim)), wanted);
    }
    // Twelve units over three days are four a day.
    let mut span = units(&["G0447"], &[6]);
    span.lines[0].dates = vec![on("472", "20250715-20250717")];
    assert_eq!(told(&check(&span)), "");
    span.lines[0].units = Units::whole(8);
    assert_eq!(check(&span).len(), 1);
}

#[test]
fn an_add_on_code_needs_its_primary() {
    for (codes, expected) in [
        (vec!["G0101", "G2211"], ""),
        (vec!["T1015", "G2211"], "error 39: Add-on code G2211"),
        (vec!["T1015", "G2212"], "warning 39: Add-on code G2212"),
        (vec!["T1015", "G2213"], ""),
    ] {
        let scope = EditScope::AfterSegmentChecks;
        let config = CleanClaimConfig { scope, ..CleanClaimConfig::default() };
        let claim = office_claim(&codes);
        let findings = engine(config).check_claim(&claim, &NoHistory, None);
        let wanted = match expected {
            "" => String::new(),
            told => format!(
                "INT-7-add-on-alone {told} stands without a primary procedure (NCCI table of \
                 2025-01-01).\n"
            ),
        };
        assert_eq!(told(&findings), wanted);
    }
}

#[test]
fn what_follows_from_a_finding_is_what_its_pack_says() {
    let text = "[pack]\nname='p-1'\nversion='1'\ntitle='t'\nvalid_from='2025-01-01'\n[[edit]]\n\
                id='look'\nabout='claim'\noutcome='pend'\nmessage='m'\ncause='c'\nfix='f'\n\
                carc='197'\nwhen=[{ field='claim.authorization', present=false }]\n";
    let pack = RulePack::parse(text).unwrap();
    let config = CleanClaimConfig::default();
    let engine = CleanClaimEngine::new(tables().clone(), vec![pack], config);
    let mut claim = office_claim(&["T1015", "T1015"]);
    claim.charge_cents = Cents(1);
    let findings = engine.check_claim(&claim, &NoHistory, None);
    let outcomes: Vec<(&str, Outcome)> =
        findings.iter().map(|finding| (&*finding.code, engine.outcome(finding))).collect();
    assert_eq!(
        outcomes,
        [
            ("INT-3-claim-charge-balance", Outcome::Reject),
            ("INT-7-line-twice", Outcome::Note),
            ("PACK-7-p-1-look", Outcome::Pend),
        ]
    );
    let carc = engine.pack_edit(&findings[2]).and_then(|edit| edit.carc.clone());
    assert_eq!(carc.as_deref(), Some("197"));
}

#[test]
fn packs_of_two_payers_may_have_one_name() {
    let pack = |payers: &str, outcome: &str, status: &str| {
        let text = format!(
            "[pack]\nname='house'\nversion='1'\ntitle='t'\n{payers}valid_from='2025-01-01'\n\
             [[edit]]\nid='look'\nabout='claim'\noutcome='{outcome}'\nmessage='m'\ncause='c'\n\
             fix='f'\n{status}when=[{{ field='claim.authorization', present=false }}]\n"
        );
        RulePack::parse(&text).unwrap()
    };
    let of = |payer: &str, outcome| pack(&format!("payer_ids=['{payer}']\n"), outcome, "");
    let config = CleanClaimConfig::default();
    // A local pack for every payer, and one of ELK; FOX and OWL publish theirs.
    let local = vec![pack("", "note", ""), of("ELK", "note")];
    let engine = CleanClaimEngine::new(tables().clone(), local, config);
    let rejects = pack("payer_ids=['FOX']\n", "reject", "status='A7:562'\n");
    let engine = engine.with_packs(vec![rejects, of("OWL", "pend")]);
    for (payer, expected) in [
        ("FOX", vec![Outcome::Reject]),
        ("OWL", vec![Outcome::Pend]),
        ("ELK", vec![Outcome::Note, Outcome::Note]),
        ("JAY", vec![Outcome::Note]),
    ] {
        let mut claim = office_claim(&["T1015"]);
        claim.payer.id = payer.into();
        let findings = engine.check_claim(&claim, &NoHistory, None);
        let of_packs = findings.iter().filter(|one| one.code == "PACK-7-house-look");
        let outcomes: Vec<Outcome> = of_packs.map(|one| engine.outcome(one)).collect();
        assert_eq!(outcomes, expected, "{payer}");
    }
}

#[test]
fn after_the_segments_were_checked_their_edits_are_not_repeated() {
    let mut claim = office();
    claim.billing_provider.id = "1234567890".into();
    claim.diagnoses[0].code = "E999".into();
    claim.charge_cents = Cents(1);
    let scope = EditScope::AfterSegmentChecks;
    let config = CleanClaimConfig { scope, ..CleanClaimConfig::default() };
    assert_eq!(told(&engine(config).check_claim(&claim, &NoHistory, None)), "");
    let no_ncci = CleanClaimConfig { ncci: false, ..CleanClaimConfig::default() };
    let pair = office_claim(&["G0101", "Q0091"]);
    assert_eq!(told(&engine(no_ncci).check_claim(&pair, &NoHistory, None)), "");
}

#[test]
fn every_refusal_renders_its_own_277ca_status() {
    let mut claim = office_claim(&["G0101", "Q0091"]);
    claim.billing_provider.id = "1234567890".into();
    claim.subscriber.person.address = Some(address("CA", "02110"));
    claim.lines[0].units = Units::ZERO;
    let statuses: Vec<String> =
        check(&claim).iter().filter_map(ClaimStatusEntry::of).map(|s| s.to_string()).collect();
    assert_eq!(statuses, ["A7:562:85", "A7:476", "A8:735"]);
    let other = |code, snip| Finding::error(code, snip, "x");
    for (finding, status) in [
        (other("X12-2-required-element-missing", 2), Some("A6:21")),
        (other("837P-4-accident-date", 4), Some("A8:21")),
        (other("X12-5-code-unknown", 5), Some("A7:21")),
        (other("PAYER-7-x", 7), Some("A3:21")),
        (Finding { severity: Severity::Warning, ..other("X12-5-code-unknown", 5) }, None),
    ] {
        let rendered = ClaimStatusEntry::of(&finding).map(|status| status.to_string());
        assert_eq!(rendered.as_deref(), status, "{}", finding.code);
    }
    assert_eq!(ClaimStatusEntry::accepted().to_string(), "A2:20");
}

#[test]
fn findings_never_hold_what_identifies_a_person() {
    let secrets = ["SECRETNAME", "FX123456789", "19800229", "ACCOUNT-1"];
    let mut claim = office_claim(&["G0101", "Q0091", "J9999X"]);
    claim.subscriber.person.last_name = counterfoil_base::Phi::new(Text::from("SECRETNAME"));
    claim.subscriber.person.address = Some(address("CA", "02110"));
    claim.charge_cents = Cents(1);
    let findings = check_on(&claim, "20290101");
    assert!(findings.len() > 4, "{}", told(&findings));
    for finding in findings {
        let text = format!("{finding:?}");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        assert!(!finding.cause.is_empty() && !finding.fix.is_empty(), "{text}");
    }
}
