//! Claims for tests: one that passes every edit, to be changed where a test wants a finding.

use counterfoil_base::{Cents, Date, Finding, Phi, Text, Units, parse_ccyymmdd};
use counterfoil_claim::{
    Claim, ClaimDate, ClaimKind, Diagnosis, InstitutionalFacts, Line, Party, PostalAddress,
    Procedure, Reference,
};

pub(crate) fn day(text: &str) -> Date {
    parse_ccyymmdd(text.as_bytes()).unwrap()
}

pub(crate) fn on(qualifier: &str, value: &str) -> ClaimDate {
    let format = if value.len() == 8 { "D8" } else { "RD8" };
    ClaimDate { qualifier: qualifier.into(), format: format.into(), value: value.into() }
}

pub(crate) fn reference(qualifier: &str, value: &str) -> Reference {
    Reference { qualifier: qualifier.into(), value: value.into() }
}

/// A provider with an NPI whose check digit is right.
pub(crate) fn provider(entity: &str) -> Party {
    Party {
        entity: entity.into(),
        entity_type: "2".into(),
        id_qualifier: "XX".into(),
        id: "1234567893".into(),
        taxonomy: "207Q00000X".into(),
        ..Party::default()
    }
}

pub(crate) fn address(state: &str, postal_code: &str) -> PostalAddress {
    PostalAddress {
        state: state.into(),
        postal_code: postal_code.into(),
        ..PostalAddress::default()
    }
}

/// One unit of a procedure on 15 July 2025 for 100 dollars; modifiers follow the code.
pub(crate) fn line(number: u32, code_and_modifiers: &str) -> Line {
    let mut words = code_and_modifiers.split(' ').map(Text::from);
    let code = words.next().unwrap();
    Line {
        number,
        procedure: Some(Procedure {
            qualifier: "HC".into(),
            code,
            modifiers: words.collect(),
            ..Procedure::default()
        }),
        charge_cents: Cents(10_000),
        unit_basis: "UN".into(),
        units: Units::ONE,
        diagnosis_pointers: vec![1],
        dates: vec![on("472", "20250715")],
        segment: 30 + u64::from(number) * 4,
        offset: 1_000 + u64::from(number) * 100,
        ..Line::default()
    }
}

/// An office claim of these procedures that passes every edit.
pub(crate) fn office_claim(procedures: &[&str]) -> Claim {
    let lines: Vec<Line> = (1..).zip(procedures).map(|(number, code)| line(number, code)).collect();
    let mut claim = Claim {
        kind: ClaimKind::Professional,
        billing_provider: Party { address: Some(address("MA", "021101234")), ..provider("85") },
        patient_control_number: "ACCOUNT-1".into(),
        charge_cents: Cents(10_000 * lines.len() as i64),
        diagnoses: vec![Diagnosis {
            qualifier: "ABK".into(),
            code: "E119".into(),
            ..Diagnosis::default()
        }],
        lines,
        ..Claim::default()
    };
    claim.source.segment = 25;
    claim.source.segment_in_transaction = 23;
    claim.source.offset = 800;
    claim.payer.id = "FOX01".into();
    claim.bill_type.facility_code = "11".into();
    claim.bill_type.qualifier = "B".into();
    claim.bill_type.frequency = "1".into();
    let person = &mut claim.subscriber.person;
    person.id = Phi::new("FX123456789".into());
    person.birth_date = Phi::new("19800229".into());
    person.gender = "F".into();
    person.address = Some(address("MA", "02110"));
    claim
}

/// An outpatient hospital claim, or with `11` an inpatient one.
pub(crate) fn hospital_claim(facility_code: &str, procedures: &[&str]) -> Claim {
    let mut claim = office_claim(procedures);
    claim.kind = ClaimKind::Institutional;
    claim.bill_type.facility_code = facility_code.into();
    claim.bill_type.qualifier = "A".into();
    claim.dates = vec![on("434", "20250715-20250718")];
    claim.institutional = Some(InstitutionalFacts {
        admission_type: "1".into(),
        admission_source: "1".into(),
        discharge_status: "01".into(),
    });
    for line in &mut claim.lines {
        line.revenue_code = "0450".into();
        line.diagnosis_pointers.clear();
    }
    claim
}

/// `code severity segment: message`, a line for each finding.
pub(crate) fn told(findings: &[Finding]) -> String {
    let tell = |finding: &Finding| {
        let segment = finding.position.segment.map_or("-".to_string(), |s| s.to_string());
        let (code, severity) = (&finding.code, finding.severity.word());
        format!("{code} {severity} {segment}: {}\n", finding.message)
    };
    findings.iter().map(tell).collect()
}
