//! Arbitrary claims and remittance advices, written as X12 and read back, are what they were.

mod common;

use common::{comparable, comparable_advice, read_all};
use counterfoil_base::{Cents, Decimal, Phi, Text, Units, parse_ccyymmdd};
use counterfoil_claim::{
    AdjudicatedLine, Adjustment, AdjustmentGroup, Amount, Attachment, Batch, BillType,
    CARRIED_ELEMENT, CarriedSegment, Claim, ClaimDate, ClaimKind, CodedValue, Contact, Diagnosis,
    Drug, InstitutionalFacts, Line, LossKind, OtherPayer, Party, PaymentHeader, Person,
    PostalAddress, Procedure, ProviderAdjustment, Reference, RemittanceAdvice, RemittanceClaim,
    RemittanceLine, RemittancePerson, Subscriber, write_835, write_837,
};
use counterfoil_x12::Envelope;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn word() -> impl Strategy<Value = Text> {
    "[A-Z0-9][A-Z0-9 .'-]{0,10}[A-Z0-9]".prop_map(Text::from)
}

fn maybe() -> impl Strategy<Value = Text> {
    prop_oneof![Just(Text::default()), word()]
}

fn secret() -> impl Strategy<Value = Phi<Text>> {
    maybe().prop_map(Phi::new)
}

fn code(codes: &'static [&'static str]) -> impl Strategy<Value = Text> {
    select(codes).prop_map(Text::from)
}

fn cents() -> impl Strategy<Value = Cents> {
    (-1_000_000_000_000i64..1_000_000_000_000).prop_map(Cents)
}

fn units() -> impl Strategy<Value = Units> {
    (0i128..10_000_000, 0u32..4).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn address() -> impl Strategy<Value = PostalAddress> {
    (word(), secret(), word(), code(&["AK", "FL", "ON"]), word(), maybe(), maybe()).prop_map(
        |(line_1, line_2, city, state, postal_code, country, subdivision)| PostalAddress {
            line_1: Phi::new(line_1),
            line_2,
            city,
            state,
            postal_code,
            country,
            subdivision,
        },
    )
}

fn references(qualifiers: &'static [&'static str]) -> impl Strategy<Value = Vec<Reference>> {
    let reference =
        (code(qualifiers), word()).prop_map(|(qualifier, value)| Reference { qualifier, value });
    vec(reference, 0..3)
}

fn contact(function: &'static str) -> impl Strategy<Value = Contact> {
    let number = (code(&["TE", "EM", "FX"]), word());
    (word(), vec(number, 1..=3)).prop_map(move |(name, numbers)| Contact {
        function: function.into(),
        name,
        numbers,
    })
}

#[derive(Clone, Copy)]
struct Role {
    entity: &'static str,
    references: &'static [&'static str],
    has_address: bool,
    has_contacts: bool,
    provider_code: &'static str,
}

fn party(role: Role) -> BoxedStrategy<Party> {
    let address = if role.has_address { option::of(address()).boxed() } else { Just(None).boxed() };
    let contacts = if role.has_contacts {
        vec(contact("IC"), 1..=2).boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let taxonomy =
        if role.provider_code.is_empty() { Just(Text::default()).boxed() } else { maybe().boxed() };
    let references = if role.references.is_empty() {
        Just(Vec::new()).boxed()
    } else {
        references(role.references).boxed()
    };
    let names = (code(&["1", "2"]), word(), maybe(), maybe(), maybe());
    (names, code(&["XX", "46", "PI"]), word(), address, references, contacts, taxonomy)
        .prop_map(move |(names, id_qualifier, id, address, references, contacts, taxonomy)| Party {
            entity: role.entity.into(),
            entity_type: names.0,
            name: names.1,
            first_name: names.2,
            middle_name: names.3,
            suffix: names.4,
            id_qualifier,
            id,
            address,
            references,
            contacts,
            provider_code: if taxonomy.is_empty() { "".into() } else { role.provider_code.into() },
            taxonomy,
        })
        .boxed()
}

const PLAIN: Role = Role {
    entity: "",
    references: &[],
    has_address: false,
    has_contacts: false,
    provider_code: "",
};

fn person(references_allowed: &'static [&'static str]) -> impl Strategy<Value = Person> {
    let names = (word(), secret(), secret(), secret());
    let birth = prop_oneof![Just(""), Just("19430501"), Just("20240229")];
    (names, maybe(), option::of(address()), birth, references(references_allowed)).prop_map(
        |(names, id, address, birth_date, references)| Person {
            entity_type: "1".into(),
            last_name: Phi::new(names.0),
            first_name: names.1,
            middle_name: names.2,
            suffix: names.3,
            id_qualifier: if id.is_empty() { "".into() } else { "MI".into() },
            id: Phi::new(id),
            address,
            birth_date: Phi::new(birth_date.into()),
            gender: if birth_date.is_empty() { "".into() } else { "F".into() },
            references,
        },
    )
}

fn other_person() -> impl Strategy<Value = Person> {
    person(&["SY"]).prop_map(|person| Person {
        birth_date: Phi::default(),
        gender: Text::default(),
        ..person
    })
}

fn subscriber(person: impl Strategy<Value = Person>) -> impl Strategy<Value = Subscriber> {
    (code(&["P", "S", "T"]), code(&["18", "01", ""]), maybe(), maybe(), code(&["CI", "MB"]), person)
        .prop_map(
            |(payer_responsibility, relationship, group_number, group_name, filing, person)| {
                Subscriber {
                    payer_responsibility,
                    relationship,
                    group_number,
                    group_name,
                    insurance_type: Text::default(),
                    filing_indicator: filing,
                    person,
                }
            },
        )
}

fn dates(qualifiers: &'static [&'static str]) -> impl Strategy<Value = Vec<ClaimDate>> {
    let value = select(&[("D8", "20240229"), ("RD8", "20240101-20240131")][..]);
    let date = (code(qualifiers), value).prop_map(|(qualifier, (format, value))| ClaimDate {
        qualifier,
        format: format.into(),
        value: value.into(),
    });
    vec(date, 0..3)
}

fn amounts(qualifiers: &'static [&'static str]) -> impl Strategy<Value = Vec<Amount>> {
    let amount = (code(qualifiers), cents())
        .prop_map(|(qualifier, amount_cents)| Amount { qualifier, amount_cents });
    vec(amount, 0..3)
}

fn adjustments() -> impl Strategy<Value = Vec<Adjustment>> {
    let group = select(
        &[
            AdjustmentGroup::ContractualObligation,
            AdjustmentGroup::PatientResponsibility,
            AdjustmentGroup::OtherAdjustment,
            AdjustmentGroup::PayerInitiated,
        ][..],
    );
    let adjustment = (group, code(&["1", "45", "253"]), cents(), option::of(units())).prop_map(
        |(group, reason, amount_cents, quantity)| Adjustment {
            group,
            reason,
            amount_cents,
            quantity,
        },
    );
    vec(adjustment, 0..15)
}

fn procedure() -> impl Strategy<Value = Procedure> {
    (code(&["99213", "J3301"]), vec(code(&["25", "GT", "59"]), 0..=4), maybe()).prop_map(
        |(code, modifiers, description)| Procedure {
            qualifier: "HC".into(),
            code,
            modifiers,
            description,
        },
    )
}

fn attachments() -> impl Strategy<Value = Vec<Attachment>> {
    let attachment = (code(&["OZ", "AS"]), maybe()).prop_map(|(report_type, control_number)| {
        Attachment { report_type, transmission: "BM".into(), control_number }
    });
    vec(attachment, 0..2)
}

fn carried(
    loop_id: &'static str,
    segments: &'static [&'static str],
) -> BoxedStrategy<Vec<CarriedSegment>> {
    let segment = select(segments).prop_map(move |segment| CarriedSegment {
        loop_id: loop_id.into(),
        loop_occurrence: 1,
        segment_occurrence: 0,
        bytes: Phi::new(segment.replace('*', &CARRIED_ELEMENT.to_string()).into()),
    });
    vec(segment, 0..2).boxed()
}

fn adjudication() -> impl Strategy<Value = AdjudicatedLine> {
    (word(), cents(), procedure(), option::of(units()), adjustments(), amounts(&["EAF"])).prop_map(
        |(payer_id, paid_cents, procedure, paid_units, adjustments, amounts)| AdjudicatedLine {
            payer_id,
            paid_cents,
            procedure: Some(procedure),
            revenue_code: Text::default(),
            paid_units,
            bundled_line: Text::default(),
            adjustments,
            dates: vec![ClaimDate {
                qualifier: "573".into(),
                format: "D8".into(),
                value: "20240301".into(),
            }],
            amounts,
        },
    )
}

fn drug() -> impl Strategy<Value = Drug> {
    (word(), units()).prop_map(|(code, quantity)| Drug {
        qualifier: "N4".into(),
        code,
        quantity: Some(quantity),
        unit: "ML".into(),
    })
}

fn line(kind: ClaimKind) -> BoxedStrategy<Line> {
    let professional = kind == ClaimKind::Professional;
    let providers = if professional {
        party(Role { entity: "82", references: &["G2"], provider_code: "PE", ..PLAIN })
    } else {
        party(Role { entity: "72", references: &["G2"], ..PLAIN })
    };
    let lists = (
        dates(&["472"]),
        references(&["6R", "9B"]),
        amounts(if professional { &["T", "F4"] } else { &["GT", "N8"] }),
        attachments(),
        vec(providers, 0..=1),
        vec(adjudication(), 0..3),
    );
    let carried = if professional {
        carried("2400", &["NTE*ADD*AT HOME", "K3*FIXED"])
    } else {
        carried("2400", &["NTE*TPO*REPRICED"])
    };
    (
        option::of(procedure()),
        cents(),
        units(),
        vec(1u8..=12, 0..=4),
        option::of(drug()),
        lists,
        carried,
    )
        .prop_map(move |(procedure, charge_cents, units, pointers, drug, lists, carried)| Line {
            procedure: if professional { Some(procedure.unwrap_or_default()) } else { procedure }
                .filter(|procedure| !procedure.code.is_empty()),
            revenue_code: if professional { "".into() } else { "0305".into() },
            charge_cents,
            unit_basis: "UN".into(),
            units,
            place_of_service: if professional { "11".into() } else { "".into() },
            diagnosis_pointers: if professional { pointers } else { Vec::new() },
            non_covered_cents: (!professional).then_some(Cents(5)),
            dates: lists.0,
            references: lists.1,
            amounts: lists.2,
            attachments: lists.3,
            providers: lists.4,
            drug,
            adjudications: lists.5,
            carried,
            ..Line::default()
        })
        .boxed()
}

fn other_payer(kind: ClaimKind) -> impl Strategy<Value = OtherPayer> {
    let payer = party(Role { entity: "PR", references: &["F8", "G1"], has_address: true, ..PLAIN });
    let rendering = party(Role { entity: "82", references: &["G2"], ..PLAIN });
    let rendering = rendering.prop_map(|party| Party {
        first_name: "".into(),
        middle_name: "".into(),
        suffix: "".into(),
        ..party
    });
    let _ = kind;
    (
        subscriber(other_person()),
        payer,
        adjustments(),
        amounts(&["D", "EAF"]),
        dates(&["573"]),
        vec(rendering, 0..=1),
    )
        .prop_map(|(subscriber, payer, adjustments, amounts, dates, providers)| OtherPayer {
            subscriber,
            benefits_assignment: "Y".into(),
            patient_signature: "P".into(),
            release_of_information: "Y".into(),
            payer,
            adjustments,
            amounts,
            dates,
            providers,
            carried: Vec::new(),
        })
}

fn diagnoses() -> impl Strategy<Value = Vec<Diagnosis>> {
    vec(code(&["I10", "E119", "J020"]), 1..14).prop_map(|codes| {
        let one = |(index, code): (usize, Text)| Diagnosis {
            qualifier: if index == 0 { "ABK".into() } else { "ABF".into() },
            code,
            present_on_admission: Text::default(),
        };
        codes.into_iter().enumerate().map(one).collect()
    })
}

fn coded_values(kind: ClaimKind) -> BoxedStrategy<Vec<CodedValue>> {
    if kind == ClaimKind::Professional {
        return Just(Vec::new()).boxed();
    }
    let value = prop_oneof![
        code(&["A1", "A2"]).prop_map(|code| CodedValue {
            qualifier: "BH".into(),
            code,
            date_format: "D8".into(),
            date: "20240101".into(),
            amount_cents: None,
        }),
        (code(&["80", "A2"]), cents()).prop_map(|(code, amount)| CodedValue {
            qualifier: "BE".into(),
            code,
            amount_cents: Some(amount),
            ..CodedValue::default()
        }),
    ];
    vec(value, 0..5).boxed()
}

fn claim(kind: ClaimKind) -> BoxedStrategy<Claim> {
    let professional = kind == ClaimKind::Professional;
    let provider = if professional {
        party(Role { entity: "82", references: &["G2"], provider_code: "PE", ..PLAIN })
    } else {
        party(Role { entity: "71", references: &["G2"], provider_code: "AT", ..PLAIN })
    };
    let parties = (
        party(Role { entity: "41", has_contacts: true, ..PLAIN }),
        party(Role { entity: "40", ..PLAIN }),
        party(Role {
            entity: "85",
            references: &["EI", "0B"],
            has_address: true,
            has_contacts: true,
            provider_code: "BI",
        }),
        option::of(address()),
        party(Role { entity: "PR", references: &["2U", "G2"], has_address: true, ..PLAIN }),
        vec(provider, 0..=1),
    );
    let people =
        (subscriber(person(&["SY", "Y4"])), option::of(person(&["Y4"])), code(&["19", "01"]));
    let lists = (
        dates(if professional { &["431", "439"] } else { &["434"] }),
        references(&["F8", "G1", "EA"]),
        amounts(if professional { &["F5"] } else { &["F3"] }),
        attachments(),
        diagnoses(),
        coded_values(kind),
        vec(other_payer(kind), 0..3),
        vec(line(kind), 1..4),
    );
    let header = (word(), code(&["00", "18"]), code(&["CH", "RP"]));
    let own = (
        word(),
        cents(),
        maybe(),
        carried("2300", &["NTE*ADD*NOTE", "K3*FIXED"]),
        code(&["1", "7", "8"]),
    );
    (parties, people, lists, header, own)
        .prop_map(move |(parties, people, lists, header, own)| {
            let relationship = if people.1.is_some() { people.2 } else { "18".into() };
            let mut claim = Claim {
                kind,
                batch: Batch {
                    purpose: header.1,
                    date: "20240301".into(),
                    time: "1200".into(),
                    content: header.2,
                },
                submitter: parties.0,
                receiver: parties.1,
                billing_provider: parties.2,
                pay_to_address: parties.3,
                payer: parties.4,
                providers: parties.5,
                subscriber: people.0,
                patient_relationship: relationship,
                patient: people.1,
                patient_control_number: own.0,
                charge_cents: own.1,
                bill_type: BillType {
                    facility_code: "11".into(),
                    qualifier: if professional { "B".into() } else { "A".into() },
                    frequency: own.4,
                },
                provider_signature: own.2,
                assignment_participation: "A".into(),
                benefits_assignment: "Y".into(),
                release_of_information: "Y".into(),
                institutional: (!professional).then(|| InstitutionalFacts {
                    admission_type: "1".into(),
                    admission_source: "1".into(),
                    discharge_status: "01".into(),
                }),
                dates: lists.0,
                references: lists.1,
                amounts: lists.2,
                attachments: lists.3,
                diagnoses: lists.4,
                coded_values: lists.5,
                other_payers: lists.6,
                lines: lists.7,
                carried: own.3,
                ..Claim::default()
            };
            claim.source.batch_reference = header.0;
            for (index, line) in claim.lines.iter_mut().enumerate() {
                line.number = index as u32 + 1;
            }
            claim
        })
        .boxed()
}

fn remittance_person(entity: &'static str) -> impl Strategy<Value = RemittancePerson> {
    (word(), secret(), secret(), secret(), word()).prop_map(
        move |(last_name, first_name, middle_name, suffix, id)| RemittancePerson {
            entity: entity.into(),
            entity_type: "1".into(),
            last_name: Phi::new(last_name),
            first_name,
            middle_name,
            suffix,
            id_qualifier: "MI".into(),
            id: Phi::new(id),
        },
    )
}

fn days(qualifiers: &'static [&'static str]) -> impl Strategy<Value = Vec<ClaimDate>> {
    let date = code(qualifiers).prop_map(|qualifier| ClaimDate {
        qualifier,
        format: "D8".into(),
        value: "20240229".into(),
    });
    vec(date, 0..3)
}

fn remittance_line() -> impl Strategy<Value = RemittanceLine> {
    let money = (cents(), cents(), option::of(units()), option::of(units()));
    let lists = (
        days(&["472", "150", "151"]),
        adjustments(),
        references(&["6R"]),
        amounts(&["B6"]),
        vec((code(&["ZK"]), units()), 0..2),
        vec(code(&["N14", "MA01"]), 0..3),
    );
    (procedure(), money, option::of(procedure()), lists).prop_map(
        |(procedure, money, submitted_procedure, lists)| RemittanceLine {
            procedure,
            charge_cents: money.0,
            paid_cents: money.1,
            revenue_code: "0305".into(),
            paid_units: money.2,
            submitted_procedure,
            submitted_units: money.3,
            dates: lists.0,
            adjustments: lists.1,
            references: lists.2,
            amounts: lists.3,
            quantities: lists.4,
            remark_codes: lists.5,
            carried: Vec::new(),
        },
    )
}

fn remittance_claim() -> impl Strategy<Value = RemittanceClaim> {
    let money = (cents(), cents(), cents(), option::of(units()), option::of(units()));
    let people = (
        remittance_person("QC"),
        option::of(remittance_person("IL")),
        vec(party(Role { entity: "82", ..PLAIN }), 0..=1),
    );
    let lists = (
        adjustments(),
        vec(code(&["MA02", "N689"]), 0..=5),
        references(&["EA", "CE"]),
        days(&["232", "233", "050"]),
        amounts(&["AU"]),
        vec((code(&["CA"]), units()), 0..2),
        vec(remittance_line(), 0..3),
    );
    (word(), code(&["1", "2", "22"]), money, word(), people, lists, 1u32..3).prop_map(
        |(patient_control_number, status_code, money, number, people, lists, header)| {
            RemittanceClaim {
                patient_control_number,
                status_code,
                charge_cents: money.0,
                paid_cents: money.1,
                patient_responsibility_cents: money.2,
                filing_indicator: "12".into(),
                payer_claim_control_number: number,
                facility_code: "11".into(),
                frequency: "1".into(),
                drg: "470".into(),
                drg_weight: money.3,
                discharge_fraction: money.4,
                patient: people.0,
                insured: people.1,
                other_parties: people.2,
                adjustments: lists.0,
                remark_codes: lists.1,
                references: lists.2,
                dates: lists.3,
                amounts: lists.4,
                quantities: lists.5,
                lines: lists.6,
                header_number: header.to_string().into(),
                ..RemittanceClaim::default()
            }
        },
    )
}

fn provider_adjustment() -> impl Strategy<Value = ProviderAdjustment> {
    (code(&["1234567893", "9876543210"]), code(&["WO", "FB", "L6"]), maybe(), cents()).prop_map(
        |(provider_id, reason, reference, amount_cents)| ProviderAdjustment {
            provider_id,
            fiscal_period: "20241231".into(),
            reason,
            reference,
            amount_cents,
        },
    )
}

fn advice() -> impl Strategy<Value = RemittanceAdvice> {
    let payment = (cents(), maybe(), maybe(), word(), maybe()).prop_map(
        |(amount_cents, payer_routing, payee_account, trace_number, originator_supplement)| {
            PaymentHeader {
                handling: "I".into(),
                amount_cents,
                credit_debit: "C".into(),
                method: "ACH".into(),
                format: "CCP".into(),
                payer_routing,
                payer_account: "24681012".into(),
                originator: "1935665544".into(),
                payee_routing: "111333555".into(),
                payee_account,
                effective_date: parse_ccyymmdd(b"20240301"),
                trace_number,
                payer_identifier: "1935665544".into(),
                originator_supplement,
            }
        },
    );
    let side = |entity, references| {
        let role = Role { entity, references, has_address: true, ..PLAIN };
        party(role).prop_map(|party| Party {
            entity_type: "".into(),
            first_name: "".into(),
            middle_name: "".into(),
            suffix: "".into(),
            ..party
        })
    };
    let payer = (side("PR", &["2U"]), vec(contact("BL"), 1..=2))
        .prop_map(|(party, contacts)| Party { contacts, ..party });
    let claims = vec(remittance_claim(), 0..4);
    (payment, payer, side("PE", &["TJ"]), claims, vec(provider_adjustment(), 0..9), maybe())
        .prop_map(|(payment, payer, payee, claims, provider_adjustments, receiver_id)| {
            RemittanceAdvice {
                payment,
                production_date: parse_ccyymmdd(b"20240229"),
                receiver_id,
                payer,
                payee,
                claims,
                provider_adjustments,
                ..RemittanceAdvice::default()
            }
        })
}

fn all_comparable(claims: Vec<Claim>) -> Vec<Claim> {
    claims.into_iter().map(comparable).collect()
}

fn envelope(functional_id: &str, version: &str) -> Envelope {
    let date = parse_ccyymmdd(b"20240301").unwrap();
    Envelope::new(functional_id, version, ("SENDER", "RECEIVER"), date)
}

/// Claims that share levels: each is followed by one for the same patient and, when the patient
/// is a dependent, by one for the subscriber.
fn families(kind: ClaimKind) -> impl Strategy<Value = Vec<Claim>> {
    vec(claim(kind), 1..3).prop_map(|claims| {
        let family = |claim: Claim| {
            let mut second = claim.clone();
            second.patient_control_number = "SECOND".into();
            let mut own = second.clone();
            own.patient = None;
            own.patient_relationship = "18".into();
            [claim, second, own]
        };
        claims.into_iter().flat_map(family).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn professional_claims_come_back(claims in families(ClaimKind::Professional)) {
        let bytes = write_837(&envelope("HC", "005010X222A1"), &claims).unwrap();
        let back = read_all(&bytes);
        prop_assert_eq!(back.findings, Vec::<String>::new());
        prop_assert_eq!(back.loss.iter().find(|(.., kind, _)| *kind != LossKind::Segment), None);
        prop_assert_eq!(all_comparable(back.claims), all_comparable(claims));
    }

    #[test]
    fn institutional_claims_come_back(claims in families(ClaimKind::Institutional)) {
        let bytes = write_837(&envelope("HC", "005010X223A2"), &claims).unwrap();
        let back = read_all(&bytes);
        prop_assert_eq!(back.findings, Vec::<String>::new());
        prop_assert_eq!(back.loss.iter().find(|(.., kind, _)| *kind != LossKind::Segment), None);
        prop_assert_eq!(all_comparable(back.claims), all_comparable(claims));
    }

    #[test]
    fn remittance_advices_come_back(advices in vec(advice(), 1..3)) {
        let bytes = write_835(&envelope("HP", "005010X221A1"), &advices).unwrap();
        let back = read_all(&bytes);
        prop_assert_eq!(back.findings, Vec::<String>::new());
        prop_assert_eq!(back.loss.iter().find(|(.., kind, _)| *kind != LossKind::Segment), None);
        let back: Vec<_> = back.advices.into_iter().map(comparable_advice).collect();
        let advices: Vec<_> = advices.into_iter().map(comparable_advice).collect();
        prop_assert_eq!(back, advices);
    }
}
