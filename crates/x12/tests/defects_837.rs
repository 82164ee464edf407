//! Seeded defects, one in a file: each is found at its segment and level, and nothing else is.
//!
//! Parents are valid and generated (`support/claims_837.rs`), in the strict profile of a sender.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

#[path = "support/claims_837.rs"]
mod claims_837;
#[path = "support/read_837.rs"]
mod read_837;
#[path = "support/tables_837.rs"]
mod tables_837;

use claims_837::{File, Kind, parent, parent_of};
use counterfoil_base::Finding;
use counterfoil_x12::Profile;
use std::collections::BTreeSet;

/// A way to break a valid file.
struct Defect {
    name: &'static str,
    /// The parents that are broken.
    kinds: &'static [Kind],
    /// Code of the finding that must be there.
    code: &'static str,
    /// SNIP type of that finding.
    snip: u8,
    /// Codes that may follow from the same defect.
    followers: &'static [&'static str],
    /// Breaks the file and says at which segment (index, ISA being 0) the finding lies.
    seed: fn(&mut File) -> usize,
}

const PROFESSIONAL: &[Kind] = &[Kind::Office, Kind::Dependent, Kind::Drug];
const OFFICE: &[Kind] = &[Kind::Office];
const HOSPITAL: &[Kind] = &[Kind::Outpatient, Kind::Inpatient, Kind::HospitalDependent];
const BOTH: &[Kind] = &[Kind::Office, Kind::Inpatient, Kind::OtherPayer, Kind::HospitalOtherPayer];

/// The file as its sender checks it.
fn check(bytes: &[u8]) -> Vec<Finding> {
    read_837::findings(bytes, Profile::Strict, tables_837::Tables)
}

#[test]
fn parents_have_no_errors() {
    let mut files = BTreeSet::new();
    for seed in 0..1_200 {
        let file = parent(seed);
        let bytes = file.bytes();
        let errors: Vec<_> = check(&bytes).into_iter().filter(|f| f.is_error()).collect();
        assert!(
            errors.is_empty(),
            "parent {seed}: {errors:#?}\n{}",
            String::from_utf8_lossy(&bytes)
        );
        files.insert(bytes);
    }
    assert_eq!(files.len(), 1_200, "the parents differ");
}

#[test]
fn defects_are_found_where_they_are() {
    let mut wrong = Vec::new();
    let mut kinds_of_defect = BTreeSet::new();
    for defect in DEFECTS {
        assert!(kinds_of_defect.insert(defect.name), "{} stands twice", defect.name);
        for (offset, kind) in defect.kinds.iter().enumerate() {
            let mut file = parent_of(*kind, 100 + offset as u64);
            let index = (defect.seed)(&mut file);
            let position = Some(index as u64 + 1);
            let errors: Vec<_> =
                check(&file.bytes()).into_iter().filter(|f| f.is_error()).collect();
            let found = errors.iter().any(|f| {
                f.code == defect.code && f.snip == defect.snip && f.position.segment == position
            });
            let stray: Vec<_> = errors
                .iter()
                .filter(|f| f.code != defect.code && !defect.followers.contains(&&*f.code))
                .collect();
            if !found || !stray.is_empty() {
                let seen: Vec<_> = errors
                    .iter()
                    .map(|f| {
                        format!(
                            "{} snip {} at {:?} {}",
                            f.code, f.snip, f.position.segment, f.position.loop_path
                        )
                    })
                    .collect();
                wrong.push(format!(
                    "{} ({kind:?}): wanted {} snip {} at {position:?}, seen {seen:#?}",
                    defect.name, defect.code, defect.snip
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(kinds_of_defect.len() >= 170, "{} kinds of defects", kinds_of_defect.len());
}

const fn defect(
    name: &'static str,
    kinds: &'static [Kind],
    (code, snip): (&'static str, u8),
    followers: &'static [&'static str],
    seed: fn(&mut File) -> usize,
) -> Defect {
    Defect { name, kinds, code, snip, followers, seed }
}

const DEFECTS: &[Defect] = &[
    // SNIP 1: the standard's own syntax.
    defect("segment count", BOTH, ("X12-1-segment-count", 1), &[], |f| {
        let at = f.find("SE*");
        f.set(at, 1, "99");
        at
    }),
    defect("group date that is none", BOTH, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 4, "20259999");
        at
    }),
    defect("group time that is none", OFFICE, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 5, "2460");
        at
    }),
    defect("interchange older than its group", BOTH, ("X12-1-isa-version-older", 1), &[], |f| {
        f.set(0, 12, "00401");
        0
    }),
    defect("transaction control number", BOTH, ("X12-1-set-control-number", 1), &[], |f| {
        let at = f.find("SE*");
        f.set(at, 2, "9999");
        at
    }),
    defect("group count", BOTH, ("X12-1-set-count", 1), &[], |f| {
        let at = f.find("GE*");
        f.set(at, 1, "2");
        at
    }),
    defect("group control number", BOTH, ("X12-1-group-control-number", 1), &[], |f| {
        let at = f.find("GE*");
        f.set(at, 2, "777777");
        at
    }),
    defect("interchange count", BOTH, ("X12-1-group-count", 1), &[], |f| {
        let at = f.find("IEA*");
        f.set(at, 1, "3");
        at
    }),
    defect("interchange control number", BOTH, ("X12-1-interchange-control-number", 1), &[], |f| {
        let at = f.find("IEA*");
        f.set(at, 2, "000077777");
        at
    }),
    defect("unknown segment", BOTH, ("X12-1-unknown-segment", 1), &[], |f| {
        let at = f.find("CLM*") + 1;
        f.insert(at, "XYZ*1*2");
        at
    }),
    defect("element too long", BOTH, ("X12-1-element-too-long", 1), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 1, "A123456789B123456789C123456789D123456789");
        at
    }),
    defect("element too short", BOTH, ("X12-1-element-too-short", 1), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 1, "X");
        at
    }),
    defect("letters in a number", PROFESSIONAL, ("X12-1-not-a-number", 1), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 4, "ONE");
        at
    }),
    defect("leading zero of an amount", BOTH, ("X12-1-leading-zero", 1), &[], |f| {
        let at = f.find("CLM*");
        let padded = format!("0{}", f.element(at, 2));
        f.set(at, 2, &padded);
        at
    }),
    defect("group of another edition of the guide", BOTH, ("X12-2-versions-differ", 2), &[], |f| {
        let at = f.find("GS*");
        let edition = f.element(at, 8)[..10].to_owned();
        f.set(at, 8, &edition);
        f.find("ST*")
    }),
    defect("agency of old versions", BOTH, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 7, "T");
        at
    }),
    defect("letters in an amount", BOTH, ("X12-1-not-a-number", 1), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 2, "12A.00");
        at
    }),
    defect("date that is none", BOTH, ("X12-1-invalid-date", 1), &[], |f| {
        let at = f.find("BHT*");
        f.set(at, 4, "20241301");
        at
    }),
    defect("time that is none", BOTH, ("X12-1-invalid-time", 1), &[], |f| {
        let at = f.find("BHT*");
        f.set(at, 5, "2561");
        at
    }),
    defect("mandatory element", BOTH, ("X12-1-mandatory-element-missing", 1), &[], |f| {
        let at = f.find("NM1*41");
        f.set(at, 2, "");
        at
    }),
    defect("paired elements", BOTH, ("X12-1-syntax-note", 1), &[], |f| {
        let at = f.find("NM1*85");
        f.set(at, 8, "");
        at
    }),
    defect("too many elements", BOTH, ("X12-1-too-many-elements", 1), &[], |f| {
        let at = f.find("N3*");
        f.set(at, 4, "FLOOR 2");
        at
    }),
    defect("trailing separator", BOTH, ("X12-1-trailing-separator", 1), &[], |f| {
        let at = f.find("DMG*");
        f.segments[at].push_str("**");
        at
    }),
    defect("missing SE", BOTH, ("X12-1-se-missing", 1), &["X12-2-required-segment-missing"], |f| {
        let at = f.find("SE*");
        f.segments.remove(at);
        at
    }),
    defect("missing GE", BOTH, ("X12-1-ge-missing", 1), &[], |f| {
        let at = f.find("GE*");
        f.segments.remove(at);
        at
    }),
    defect("missing IEA", BOTH, ("X12-1-iea-missing", 1), &[], |f| {
        let at = f.find("IEA*");
        f.segments.remove(at);
        at
    }),
    defect("missing ST", BOTH, ("X12-1-segment-outside", 1), &["X12-1-set-count"], |f| {
        let at = f.find("ST*");
        f.segments.remove(at);
        at
    }),
    // SNIP 2: the implementation guide.
    defect("missing BHT", BOTH, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("BHT*");
        f.remove(at);
        at
    }),
    defect("missing submitter contact", BOTH, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("PER*IC*HELP");
        f.remove(at);
        at
    }),
    defect("missing receiver", BOTH, ("X12-2-required-loop-missing", 2), &[], |f| {
        let at = f.find("NM1*40");
        f.remove(at);
        at
    }),
    defect(
        "missing billing provider",
        BOTH,
        ("X12-2-required-loop-missing", 2),
        &["X12-2-unexpected-segment"],
        |f| {
            let at = f.find("NM1*85");
            while !f.segments[at].starts_with("HL*") {
                f.segments.remove(at);
            }
            f.recount();
            at
        },
    ),
    defect("missing payer", BOTH, ("X12-2-required-loop-missing", 2), &[], |f| {
        let at = f.find("NM1*PR");
        f.remove(at);
        at
    }),
    defect("missing billing address", BOTH, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find_from("N3*", f.find("NM1*85"));
        f.remove(at);
        at
    }),
    defect("missing tax number", BOTH, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("REF*EI");
        f.remove(at);
        at
    }),
    defect(
        "missing subscriber information",
        BOTH,
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find("SBR*");
            f.remove(at);
            at
        },
    ),
    defect("missing diagnoses", PROFESSIONAL, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("HI*");
        f.remove(at);
        at
    }),
    defect(
        "missing principal diagnosis",
        HOSPITAL,
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find("HI*ABK");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing service",
        PROFESSIONAL,
        ("X12-2-required-segment-missing", 2),
        &["837-3-charge-total"],
        |f| {
            let at = f.find("SV1*");
            f.remove(at);
            at
        },
    ),
    defect("missing service date", PROFESSIONAL, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("DTP*472");
        f.remove(at);
        at
    }),
    defect("missing statement dates", HOSPITAL, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("DTP*434");
        f.remove(at);
        at
    }),
    defect("missing claim code", HOSPITAL, ("X12-2-required-segment-missing", 2), &[], |f| {
        let at = f.find("CL1*");
        f.remove(at);
        at
    }),
    defect("missing required element", BOTH, ("X12-2-required-element-missing", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 2, "");
        at
    }),
    defect(
        "missing release of information",
        BOTH,
        ("X12-2-required-element-missing", 2),
        &[],
        |f| {
            let at = f.find("CLM*");
            f.set(at, 9, "");
            at
        },
    ),
    defect("code not in the guide", BOTH, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 7, "Z");
        at
    }),
    defect("claim filing indicator", BOTH, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("SBR*");
        f.set(at, 9, "QQ");
        at
    }),
    defect("gender", BOTH, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("DMG*");
        f.set(at, 3, "X");
        at
    }),
    defect("procedure qualifier", PROFESSIONAL, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("SV1*");
        f.set_component(at, 1, 1, "AD");
        at
    }),
    defect("unit of measure", PROFESSIONAL, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 3, "EA");
        at
    }),
    defect("facility qualifier", HOSPITAL, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set_component(at, 5, 2, "B");
        at
    }),
    defect("claim frequency", PROFESSIONAL, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set_component(at, 5, 3, "9");
        at
    }),
    defect("diagnosis qualifier", PROFESSIONAL, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("HI*");
        f.set_component(at, 2, 1, "ABQ");
        at
    }),
    defect("unused element", PROFESSIONAL, ("X12-2-element-not-used", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 3, "CI");
        at
    }),
    defect("unused name prefix", BOTH, ("X12-2-element-not-used", 2), &[], |f| {
        let at = f.find("NM1*IL");
        f.set(at, 6, "DR");
        at
    }),
    defect("segment too often", BOTH, ("X12-2-segment-repeats-too-often", 2), &[], |f| {
        let at = f.find("DMG*") + 1;
        let again = f.segments[at - 1].clone();
        f.insert(at, &again);
        at
    }),
    defect("segment not in the guide", PROFESSIONAL, ("X12-2-segment-not-in-guide", 2), &[], |f| {
        let at = f.find("HI*");
        f.insert(at, "CL1*1*1*01");
        at
    }),
    defect("segment out of order", PROFESSIONAL, ("X12-2-segment-out-of-order", 2), &[], |f| {
        let at = f.find("BHT*");
        let name = f.find("NM1*IL");
        let address = f.find_from("N3*", name);
        f.segments.swap(address, address + 1);
        let _ = at;
        address + 1
    }),
    defect(
        "date qualifier",
        PROFESSIONAL,
        ("X12-2-qualifier-not-allowed", 2),
        &["X12-2-required-segment-missing"],
        |f| {
            let at = f.find("DTP*472");
            f.set(at, 1, "999");
            at
        },
    ),
    defect("hierarchical number", BOTH, ("X12-2-hierarchy", 2), &["X12-2-hierarchy"], |f| {
        let at = f.find("HL*2*");
        f.set(at, 1, "9");
        at
    }),
    defect("hierarchical parent", BOTH, ("X12-2-hierarchy", 2), &[], |f| {
        let at = f.find("HL*2*");
        f.set(at, 2, "7");
        at
    }),
    defect("hierarchical child", OFFICE, ("X12-2-hierarchy", 2), &[], |f| {
        let at = f.find("HL*2*");
        f.set(at, 4, "1");
        at
    }),
    defect(
        "negative charge",
        PROFESSIONAL,
        ("837-2-charge-negative", 2),
        &["837-4-patient-paid-over-charge", "837-3-charge-total"],
        |f| {
            let at = f.find("CLM*");
            f.set(at, 2, "-50");
            at
        },
    ),
    // SNIP 3: balancing.
    defect(
        "charge off by a cent",
        BOTH,
        ("837-3-charge-total", 3),
        &["837-3-other-payer-paid"],
        |f| {
            let at = f.find("CLM*");
            let charge = f.element(at, 2);
            f.set(at, 2, &format!("1{charge}"));
            at
        },
    ),
    defect(
        "line adjudication",
        &[Kind::OtherPayer, Kind::HospitalOtherPayer],
        ("837-3-line-adjudication", 3),
        &[],
        |f| {
            let at = f.find("CAS*PR");
            let amount = f.element(at, 3);
            f.set(at, 3, &format!("1{amount}"));
            f.find("SVD*")
        },
    ),
    defect(
        "other payer paid",
        &[Kind::OtherPayer, Kind::HospitalOtherPayer],
        ("837-3-other-payer-paid", 3),
        &[],
        |f| {
            let at = f.find("AMT*D");
            let amount = f.element(at, 2);
            f.set(at, 2, &format!("1{amount}"));
            at
        },
    ),
    // SNIP 4: conditions and agreement between segments.
    defect("patient paid too much", OFFICE, ("837-4-patient-paid-over-charge", 4), &[], |f| {
        let at = f.find("AMT*F5");
        f.set(at, 2, "99999");
        at
    }),
    defect(
        "pointer beyond the diagnoses",
        PROFESSIONAL,
        ("837-4-diagnosis-pointer", 4),
        &[],
        |f| {
            let at = f.find("SV1*");
            f.set(at, 7, "1:11");
            at
        },
    ),
    defect("pointer twice", PROFESSIONAL, ("837-4-diagnosis-pointer-repeated", 4), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 7, "2:2");
        at
    }),
    defect("diagnosis twice", PROFESSIONAL, ("837-4-diagnosis-repeated", 4), &[], |f| {
        let at = f.find("HI*");
        let first = f.element(at, 1).replace("ABK:", "ABF:");
        f.set(at, 2, &first);
        at
    }),
    defect("service in future", PROFESSIONAL, ("837-4-service-in-future", 4), &[], |f| {
        let at = f.find("DTP*472");
        f.set(at, 3, "20250101");
        at
    }),
    defect("birth in future", BOTH, ("837-4-birth-in-future", 4), &[], |f| {
        let at = f.find("DMG*");
        f.set(at, 2, "20250101");
        at
    }),
    defect(
        "service before birth",
        PROFESSIONAL,
        ("837-4-service-before-birth", 4),
        &["837-4-event-after-service"],
        |f| {
            let at = f.find("DMG*");
            f.set(at, 2, "20240614");
            f.find_from("DTP*472", at)
        },
    ),
    defect("period reversed", PROFESSIONAL, ("837-4-date-range-reversed", 4), &[], |f| {
        let at = f.find("DTP*472");
        f.set(at, 2, "RD8");
        f.set(at, 3, "20240510-20240501");
        at
    }),
    defect(
        "service outside statement",
        &[Kind::Emergency, Kind::Outpatient],
        ("837-4-service-outside-statement", 4),
        &[],
        |f| {
            let at = f.find("DTP*472");
            f.set(at, 3, "20240101");
            at
        },
    ),
    defect(
        "statement date missing on line",
        &[Kind::Outpatient],
        ("837-4-line-date-missing", 4),
        &[],
        |f| {
            let at = f.find("DTP*472");
            f.remove(at);
            f.find("SV2*")
        },
    ),
    defect("line numbering", BOTH, ("837-4-line-number", 4), &[], |f| {
        let at = f.find("LX*1");
        f.set(at, 1, "5");
        at
    }),
    defect(
        "line control number twice",
        &[Kind::Dependent],
        ("837-4-line-control-number-repeated", 4),
        &["837-3-charge-total"],
        |f| {
            let from = f.find("REF*6R");
            let clm = f.claim_of(from);
            let line: Vec<String> = f.segments[f.find_from("SV1*", clm)..=from].to_vec();
            let mut at = from + 1;
            while f.segments[at].starts_with("LX*") {
                at = f.find_from("REF*6R", at) + 1;
            }
            let number = f.segments[clm..at].iter().filter(|s| s.starts_with("LX*")).count() + 1;
            f.insert(at, &format!("LX*{number}"));
            for (offset, segment) in line.iter().enumerate() {
                f.insert(at + 1 + offset, segment);
            }
            at + line.len()
        },
    ),
    defect("units zero", PROFESSIONAL, ("837-4-units-not-positive", 4), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 4, "0");
        at
    }),
    defect(
        "replacement without reference",
        &[Kind::Replacement],
        ("837P-4-original-claim-number", 4),
        &[],
        |f| {
            let at = f.find("REF*F8");
            f.remove(at);
            f.find("CLM*")
        },
    ),
    defect("void without reference", HOSPITAL, ("837I-4-original-claim-number", 4), &[], |f| {
        let at = f.find("CLM*");
        f.set_component(at, 5, 3, "8");
        at
    }),
    defect("accident without date", &[Kind::Accident], ("837P-4-accident-date", 4), &[], |f| {
        let at = f.find("DTP*439");
        f.remove(at);
        f.find("CLM*")
    }),
    defect(
        "auto accident without state",
        &[Kind::Accident],
        ("837P-4-accident-state", 4),
        &[],
        |f| {
            let at = f.find("CLM*");
            f.set(at, 11, "AA");
            at
        },
    ),
    defect(
        "inpatient visit without admission",
        &[Kind::InpatientVisit],
        ("837P-4-admission-date", 4),
        &[],
        |f| {
            let at = f.find("DTP*435");
            f.remove(at);
            f.find("CLM*")
        },
    ),
    defect(
        "admission after discharge",
        &[Kind::InpatientVisit],
        ("837-4-admission-after-discharge", 4),
        &[],
        |f| {
            let at = f.find("DTP*096");
            f.set(at, 3, "20231231");
            at - 1
        },
    ),
    defect(
        "hospital stay without admission date",
        &[Kind::Inpatient],
        ("837I-4-admission-date", 4),
        &[],
        |f| {
            let at = f.find("DTP*435");
            f.remove(at);
            f.find("CLM*")
        },
    ),
    defect(
        "admission after services",
        &[Kind::Inpatient],
        ("837-4-admission-after-service", 4),
        &[],
        |f| {
            let at = f.find("DTP*435");
            f.set(at, 3, "202405010900");
            at
        },
    ),
    defect(
        "hospital stay without admitting diagnosis",
        &[Kind::Inpatient, Kind::Interim],
        ("837I-4-admitting-diagnosis", 4),
        &[],
        |f| {
            let at = f.find("HI*ABJ");
            f.remove(at);
            f.find("CLM*")
        },
    ),
    defect("discharge hour", &[Kind::Inpatient], ("837I-4-discharge-hour", 4), &[], |f| {
        let at = f.find("DTP*096");
        f.remove(at);
        f.find("CLM*")
    }),
    defect(
        "interim claim with discharge",
        &[Kind::Interim],
        ("837I-4-interim-claim-discharged", 4),
        &[],
        |f| {
            let at = f.find("CL1*");
            f.set(at, 3, "01");
            at
        },
    ),
    defect(
        "final claim still patient",
        &[Kind::Inpatient],
        ("837I-4-final-claim-still-patient", 4),
        &[],
        |f| {
            let at = f.find("CL1*");
            f.set(at, 3, "30");
            at
        },
    ),
    defect(
        "no attending provider",
        HOSPITAL,
        ("837I-4-attending-provider", 4),
        &["X12-2-unexpected-segment"],
        |f| {
            let at = f.find("NM1*71");
            f.segments.drain(at..at + 2);
            f.recount();
            f.find("CLM*")
        },
    ),
    defect("no reason for visit", &[Kind::Emergency], ("837I-4-reason-for-visit", 4), &[], |f| {
        let at = f.find("HI*APR");
        f.remove(at);
        f.find("CLM*")
    }),
    defect("patient level missing", OFFICE, ("837P-4-patient-level-missing", 4), &[], |f| {
        let at = f.find("SBR*");
        f.set(at, 2, "");
        at
    }),
    defect(
        "patient level unneeded",
        &[Kind::Dependent],
        ("837P-4-subscriber-is-patient", 4),
        &["837P-4-subscriber-address", "837P-4-subscriber-city", "837P-4-subscriber-demographics"],
        |f| {
            let at = f.find("SBR*");
            f.set(at, 2, "18");
            at
        },
    ),
    defect(
        "subscriber without birth date",
        OFFICE,
        ("837P-4-subscriber-demographics", 4),
        &[],
        |f| {
            let at = f.find("DMG*");
            f.remove(at);
            f.find("NM1*IL")
        },
    ),
    defect("subscriber without address", OFFICE, ("837P-4-subscriber-address", 4), &[], |f| {
        let at = f.find_from("N3*", f.find("NM1*IL"));
        f.remove(at);
        f.find("NM1*IL")
    }),
    defect(
        "second payer without first",
        &[Kind::Drug],
        ("837P-4-other-payer-missing", 4),
        &[],
        |f| {
            let at = f.find("SBR*");
            f.set(at, 1, "S");
            at
        },
    ),
    defect(
        "payers in the same place",
        &[Kind::OtherPayer, Kind::HospitalOtherPayer],
        ("837-4-payer-sequence", 4),
        &[],
        |f| {
            let at = f.find("SBR*P*18*OTHER1");
            f.set(at, 1, "S");
            at
        },
    ),
    defect(
        "line decided by a stranger",
        &[Kind::OtherPayer],
        ("837-4-line-payer-unknown", 4),
        &["837-3-other-payer-paid"],
        |f| {
            let at = f.find("SVD*");
            f.set(at, 1, "ZZ999");
            at
        },
    ),
    defect("state missing", BOTH, ("837-4-state-missing", 4), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 2, "");
        at
    }),
    // SNIP 5: codes and identifiers of the outside world.
    defect("NPI check digit", BOTH, ("X12-5-npi", 5), &[], |f| {
        let at = f.find("NM1*85");
        let good = f.element(at, 9);
        let last = if good.ends_with('0') { "1" } else { "0" };
        f.set(at, 9, &format!("{}{last}", &good[..9]));
        at
    }),
    defect("rendering NPI", OFFICE, ("X12-5-npi", 5), &[], |f| {
        let at = f.find("NM1*82");
        f.set(at, 9, "1234567890");
        at
    }),
    defect(
        "diagnosis with point",
        BOTH,
        ("837-5-diagnosis-form", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("HI*ABK");
            f.set_component(at, 1, 2, "E11.9");
            at
        },
    ),
    defect("unknown diagnosis", BOTH, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("HI*ABK");
        f.set_component(at, 1, 2, "Q9999");
        at
    }),
    defect("diagnosis heading", BOTH, ("X12-5-code-not-billable", 5), &[], |f| {
        let at = f.find("HI*ABK");
        f.set_component(at, 1, 2, "E11");
        at
    }),
    defect("old diagnosis system", PROFESSIONAL, ("837-5-diagnosis-code-system", 5), &[], |f| {
        let at = f.find("HI*ABK");
        f.segments[at] = "HI*BK:25000*BF:4019".to_owned();
        at
    }),
    defect("unknown procedure", PROFESSIONAL, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("SV1*");
        f.set_component(at, 1, 2, "G9999");
        at
    }),
    defect(
        "procedure with six characters",
        PROFESSIONAL,
        ("837-5-procedure-form", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV1*");
            f.set_component(at, 1, 2, "G04633");
            at
        },
    ),
    defect("expired procedure", PROFESSIONAL, ("X12-5-code-expired", 5), &[], |f| {
        let at = f.find("SV1*");
        f.set_component(at, 1, 2, "G0101");
        at
    }),
    defect("unknown modifier", PROFESSIONAL, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("SV1*");
        f.set_component(at, 1, 3, "0Q");
        at
    }),
    defect("unknown place of service", PROFESSIONAL, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("CLM*");
        f.set_component(at, 5, 1, "98");
        at
    }),
    defect("unknown revenue code", HOSPITAL, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("SV2*");
        f.set(at, 1, "9999");
        at
    }),
    defect(
        "revenue code of three digits",
        HOSPITAL,
        ("837I-5-revenue-form", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV2*");
            f.set(at, 1, "120");
            at
        },
    ),
    defect("unknown patient status", HOSPITAL, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("CL1*");
        f.set(at, 3, "99");
        at
    }),
    defect("unknown bill type", &[Kind::Outpatient], ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("CLM*");
        f.set_component(at, 5, 1, "99");
        at
    }),
    defect("unknown taxonomy", BOTH, ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("PRV*BI");
        f.set(at, 3, "000000000X");
        at
    }),
    defect("unknown state", BOTH, ("837-5-state", 5), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 2, "ZZ");
        at
    }),
    defect("ZIP code of four digits", BOTH, ("837-5-zip-form", 5), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 3, "6270");
        at
    }),
    defect("unknown adjustment reason", &[Kind::OtherPayer], ("X12-5-code-unknown", 5), &[], |f| {
        let at = f.find("CAS*");
        f.set(at, 2, "9999");
        at
    }),
    defect("tax number of eight digits", BOTH, ("X12-2-nine-digits", 2), &[], |f| {
        let at = f.find("REF*EI");
        f.set(at, 2, "12345678");
        at
    }),
    // SNIP 6: lines of business.
    defect("drug code of ten digits", &[Kind::Drug], ("X12-5-ndc-form", 5), &[], |f| {
        let at = f.find("LIN*");
        f.set(at, 3, "0003029305");
        at
    }),
    defect(
        "anesthesia in units",
        &[Kind::Anesthesia],
        ("837P-6-anesthesia-minutes", 6),
        &[],
        |f| {
            let at = f.find("SV1*");
            f.set(at, 3, "UN");
            at
        },
    ),
    defect(
        "ambulance without transport",
        &[Kind::Ambulance],
        ("837P-6-ambulance-information", 6),
        &[],
        |f| {
            let at = f.find("CR1*");
            f.remove(at);
            f.find("SV1*")
        },
    ),
    defect(
        "ambulance without pick-up",
        &[Kind::Ambulance],
        ("837P-6-ambulance-pick-up", 6),
        &[],
        |f| {
            let at = f.find("NM1*PW");
            f.segments.drain(at..at + 3);
            f.recount();
            f.find("SV1*")
        },
    ),
    defect(
        "total line",
        &[Kind::Outpatient],
        ("837I-6-total-line", 6),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV2*");
            f.set(at, 1, "0001");
            at
        },
    ),
    // More of the same, as files from the field show them.
    defect("interchange version", BOTH, ("X12-1-isa-element", 1), &[], |f| {
        f.set(0, 12, "005X1");
        0
    }),
    defect(
        "missing first level",
        BOTH,
        ("X12-2-required-segment-missing", 2),
        &["X12-2-hierarchy"],
        |f| {
            let at = f.find("HL*1*");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing subscriber level",
        OFFICE,
        ("X12-2-required-segment-missing", 2),
        &["X12-2-hierarchy"],
        |f| {
            let at = f.find("HL*2*");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing subscriber name",
        BOTH,
        ("X12-2-required-loop-missing", 2),
        &["X12-2-unexpected-segment"],
        |f| {
            let at = f.find("NM1*IL");
            while !f.segments[at].starts_with("NM1*PR") {
                f.segments.remove(at);
            }
            f.recount();
            at
        },
    ),
    defect(
        "missing claim",
        OFFICE,
        ("X12-2-required-segment-missing", 2),
        &["837-3-charge-total"],
        |f| {
            let at = f.find("CLM*");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing other coverage",
        &[Kind::OtherPayer],
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find("OI*");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing other payer",
        &[Kind::OtherPayer],
        ("X12-2-required-loop-missing", 2),
        &["837-4-line-payer-unknown", "837-3-other-payer-paid"],
        |f| {
            let at = f.find("NM1*PR*2*FIRST");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing payment date of a line",
        &[Kind::OtherPayer],
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find("DTP*573");
            f.remove(at);
            at
        },
    ),
    defect(
        "missing patient address",
        &[Kind::Dependent],
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find_from("N3*", f.find("NM1*QC"));
            f.remove(at);
            at
        },
    ),
    defect(
        "missing patient birth date",
        &[Kind::Dependent],
        ("X12-2-required-segment-missing", 2),
        &[],
        |f| {
            let at = f.find("DMG*");
            f.remove(at);
            at
        },
    ),
    defect("missing pointer", PROFESSIONAL, ("X12-2-required-element-missing", 2), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 7, "");
        at
    }),
    defect(
        "missing units",
        PROFESSIONAL,
        ("X12-2-required-element-missing", 2),
        &["X12-1-syntax-note"],
        |f| {
            let at = f.find("SV1*");
            f.set(at, 4, "");
            at
        },
    ),
    defect(
        "missing payer identifier",
        BOTH,
        ("X12-2-required-element-missing", 2),
        &["X12-1-syntax-note"],
        |f| {
            let at = f.find("NM1*PR");
            f.set(at, 9, "");
            at
        },
    ),
    defect(
        "missing payer sequence",
        BOTH,
        ("X12-1-mandatory-element-missing", 1),
        &["837P-4-other-payer-missing"],
        |f| {
            let at = f.find("SBR*");
            f.set(at, 1, "");
            at
        },
    ),
    defect("day that is none", BOTH, ("X12-1-invalid-date", 1), &[], |f| {
        let at = f.find("DMG*");
        f.set(at, 2, "19800230");
        at
    }),
    defect("day sent as period", PROFESSIONAL, ("X12-1-invalid-date", 1), &[], |f| {
        let at = f.find("DTP*472");
        let day = f.element(at, 3);
        f.set(at, 3, &format!("{day}-{day}"));
        at
    }),
    defect("relationship", &[Kind::Dependent], ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("PAT*");
        f.set(at, 1, "99");
        at
    }),
    defect("adjustment group", &[Kind::OtherPayer], ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("CAS*");
        f.set(at, 1, "XX");
        at
    }),
    defect("lower case code", BOTH, ("X12-2-code-not-allowed", 2), &[], |f| {
        let at = f.find("CLM*");
        f.set(at, 8, "y");
        at
    }),
    defect(
        "thirteen diagnoses",
        PROFESSIONAL,
        ("X12-1-too-many-elements", 1),
        &["837-4-diagnosis-repeated"],
        |f| {
            let at = f.find("HI*");
            f.segments[at] = format!("HI*ABK:E119{}", "*ABF:I10".repeat(12));
            at
        },
    ),
    defect(
        "two replaced claims",
        &[Kind::Replacement],
        ("X12-2-segment-repeats-too-often", 2),
        &[],
        |f| {
            let at = f.find("REF*F8") + 1;
            f.insert(at, "REF*F8*PCN0009999");
            at
        },
    ),
    defect("claim kind missing", PROFESSIONAL, ("837P-4-claim-filing-indicator", 4), &[], |f| {
        let at = f.find("SBR*");
        f.set(at, 9, "");
        at
    }),
    defect(
        "adjustment without amount",
        &[Kind::OtherPayer],
        ("X12-1-mandatory-element-missing", 1),
        &["837-3-line-adjudication", "837-3-other-payer-paid"],
        |f| {
            let at = f.find("CAS*");
            f.set(at, 3, "");
            at
        },
    ),
    defect(
        "two qualifiers of codes",
        PROFESSIONAL,
        ("837-5-diagnosis-code-system", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("HI*");
            f.set(at, 2, "BF:25000");
            at
        },
    ),
    defect(
        "claim charge zero",
        PROFESSIONAL,
        ("837-3-charge-total", 3),
        &["837-4-patient-paid-over-charge"],
        |f| {
            let at = f.find("CLM*");
            f.set(at, 2, "0");
            at
        },
    ),
    defect(
        "line charge negative",
        PROFESSIONAL,
        ("837-2-charge-negative", 2),
        &["837-3-charge-total"],
        |f| {
            let at = f.find("SV1*");
            f.set(at, 2, "-10");
            at
        },
    ),
    defect("ZIP code with hyphen", BOTH, ("837-5-zip-form", 5), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 3, "62701-0001");
        at
    }),
    defect("ZIP code missing", BOTH, ("837-4-zip-missing", 4), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 3, "");
        at
    }),
    // What contradicts itself, and what the guide asks of some claims alone.
    defect("qualifier of the sender", BOTH, ("X12-1-isa-element", 1), &[], |f| {
        f.set(0, 5, "QQ");
        0
    }),
    defect("letter as repetition separator", BOTH, ("X12-1-isa-element", 1), &[], |f| {
        f.set(0, 11, "A");
        0
    }),
    defect("group without sender", BOTH, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 2, "");
        at
    }),
    defect("agency of the group", BOTH, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 7, "Q");
        at
    }),
    defect("letters in the time of the group", OFFICE, ("X12-1-gs-element", 1), &[], |f| {
        let at = f.find("GS*");
        f.set(at, 5, "12XX");
        at
    }),
    defect("two terminators", BOTH, ("X12-1-empty-segment", 1), &["X12-1-segment-count"], |f| {
        let at = f.find("DMG*");
        f.segments.insert(at, String::new());
        at
    }),
    defect(
        "remaining liability above the charge",
        &[Kind::OtherPayer],
        ("837-4-part-over-charge", 4),
        &[],
        |f| {
            let at = f.find("AMT*D*") + 1;
            f.insert(at, "AMT*EAF*99999999");
            at
        },
    ),
    defect("not covered above the charge", HOSPITAL, ("837-4-part-over-charge", 4), &[], |f| {
        let at = f.find("SV2*");
        f.set(at, 7, "99999999");
        at
    }),
    defect("accident date without cause", OFFICE, ("837P-4-accident-date-unneeded", 4), &[], |f| {
        let at = f.find("DTP*431") + 1;
        f.insert(at, "DTP*439*D8*20240101");
        at
    }),
    defect("last period of a man", OFFICE, ("837P-4-last-period-of-male", 4), &[], |f| {
        let name = f.find("DMG*");
        f.set(name, 3, "M");
        let at = f.find("DTP*431");
        f.set(at, 1, "484");
        at
    }),
    defect(
        "psychiatric hospital without admission",
        OFFICE,
        ("837P-4-admission-date", 4),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("CLM*");
            f.set_component(at, 5, 1, "51");
            at
        },
    ),
    defect(
        "treatment begun after the services",
        OFFICE,
        ("837-4-event-after-service", 4),
        &[],
        |f| {
            let at = f.find("DTP*431");
            f.set(at, 1, "454");
            f.set(at, 3, "20240614");
            at
        },
    ),
    defect(
        "third payer with one other",
        &[Kind::OtherPayer],
        ("837P-4-tertiary-other-payers", 4),
        &[],
        |f| {
            let at = f.find("SBR*");
            f.set(at, 1, "T");
            at
        },
    ),
    defect(
        "insurance type of a first payer",
        OFFICE,
        ("837P-4-insurance-type-unneeded", 4),
        &[],
        |f| {
            let at = f.find("SBR*");
            f.set(at, 5, "12");
            at
        },
    ),
    defect(
        "unlisted drug without description",
        OFFICE,
        ("837P-4-unlisted-procedure-description", 4),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV1*");
            f.set_component(at, 1, 2, "J3490");
            at
        },
    ),
    defect(
        "unlisted supply of a hospital",
        &[Kind::Emergency],
        ("837I-4-unlisted-procedure-description", 4),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV2*");
            f.set_component(at, 2, 2, "A9999");
            at
        },
    ),
    defect(
        "external cause first",
        BOTH,
        ("837-5-external-cause-first", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("HI*ABK");
            f.set_component(at, 1, 2, "W010XXA");
            at
        },
    ),
    defect(
        "procedure with a stray letter",
        PROFESSIONAL,
        ("837-5-procedure-form", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV1*");
            f.set_component(at, 1, 2, "9921A");
            at
        },
    ),
    defect(
        "procedure before the stay",
        &[Kind::Inpatient],
        ("837I-4-procedure-outside-statement", 4),
        &[],
        |f| {
            let at = f.find("HI*BBR");
            f.set_component(at, 1, 4, "20240201");
            at
        },
    ),
    defect(
        "procedure after the stay",
        &[Kind::Inpatient],
        ("837I-4-procedure-outside-statement", 4),
        &[],
        |f| {
            let at = f.find("HI*BBR");
            f.set_component(at, 1, 4, "20240401");
            at
        },
    ),
    defect(
        "span of days reversed",
        &[Kind::Inpatient],
        ("837-4-date-range-reversed", 4),
        &[],
        |f| {
            let at = f.find("HI*BH");
            f.insert(at, "HI*BI:71:RD8:20240203-20240201");
            at
        },
    ),
    defect("newborn from a clinic", &[Kind::Inpatient], ("837I-5-newborn-origin", 5), &[], |f| {
        let at = f.find("CL1*");
        f.set(at, 1, "4");
        at
    }),
    defect("laboratory number", &[Kind::Laboratory], ("837P-5-clia-form", 5), &[], |f| {
        let at = f.find("REF*X4");
        f.set(at, 2, "14X0000001");
        at
    }),
    defect(
        "laboratory without number",
        &[Kind::Laboratory],
        ("837P-6-independent-laboratory", 6),
        &[],
        |f| {
            let at = f.find("REF*X4");
            f.remove(at);
            f.find("SV1*")
        },
    ),
    defect(
        "emergency without procedure",
        &[Kind::Emergency],
        ("837I-4-outpatient-procedure", 4),
        &[],
        |f| {
            let at = f.find("SV2*");
            f.set(at, 2, "");
            at
        },
    ),
    defect("room in units", &[Kind::Inpatient], ("837I-6-room-and-board-days", 6), &[], |f| {
        let at = f.find("SV2*0120");
        f.set(at, 4, "UN");
        at
    }),
    defect(
        "more days than the stay",
        &[Kind::Inpatient],
        ("837I-4-days-over-statement", 4),
        &[],
        |f| {
            let at = f.find("SV2*0120");
            f.set(at, 5, "40");
            at
        },
    ),
    defect(
        "rate code of two characters",
        &[Kind::Inpatient],
        ("837I-5-rate-code-form", 5),
        &["X12-5-code-unknown"],
        |f| {
            let at = f.find("SV2*0250");
            f.set(at, 2, "HP:12");
            at
        },
    ),
    defect(
        "ambulance without drop-off",
        &[Kind::Ambulance],
        ("837P-6-ambulance-drop-off", 6),
        &[],
        |f| {
            let at = f.find("NM1*45");
            f.segments.drain(at..at + 3);
            f.recount();
            f.find("SV1*")
        },
    ),
    defect("no quantity of a drug", &[Kind::Drug], ("837P-4-drug-quantity", 4), &[], |f| {
        let at = f.find("CTP*");
        f.set(at, 4, "0");
        at
    }),
    defect(
        "purchased service without provider",
        OFFICE,
        ("837P-4-purchased-service-provider", 4),
        &[],
        |f| {
            let at = f.find("REF*6R") + 1;
            f.insert(at, "PS1*QB1*10");
            at
        },
    ),
    defect("patient of two hundred years", OFFICE, ("837-4-birth-too-early", 4), &[], |f| {
        let at = f.find("DMG*");
        f.set(at, 2, "18000101");
        at
    }),
    defect("units with four decimals", PROFESSIONAL, ("837-2-units-decimals", 2), &[], |f| {
        let at = f.find("SV1*");
        f.set(at, 4, "1.2345");
        at
    }),
    defect("telephone number of seven digits", BOTH, ("X12-2-phone", 2), &[], |f| {
        let at = f.find("PER*IC*HELP");
        f.set(at, 4, "5550100");
        at
    }),
    defect("billing provider in a box", BOTH, ("837-4-billing-address-box", 4), &[], |f| {
        let at = f.find_from("N3*", f.find("NM1*85"));
        f.set(at, 1, "P.O. BOX 123");
        at
    }),
    defect(
        "organization with a first name",
        &[Kind::Office, Kind::OtherPayer],
        ("837-4-organization-name-part", 4),
        &[],
        |f| {
            let at = f.find("NM1*85");
            f.set(at, 4, "BOB");
            at
        },
    ),
    defect("subscriber without number", HOSPITAL, ("837I-4-subscriber-identifier", 4), &[], |f| {
        let at = f.find("NM1*IL");
        f.set(at, 8, "");
        f.set(at, 9, "");
        at
    }),
    defect("ZIP code of letters", BOTH, ("837-5-zip-form", 5), &[], |f| {
        let at = f.find("N4*");
        f.set(at, 3, "ABCDE");
        at
    }),
    defect("tax number with hyphen", BOTH, ("X12-2-nine-digits", 2), &[], |f| {
        let at = f.find("REF*EI");
        f.set(at, 2, "12-3456789");
        at
    }),
];

/// Whatever bytes come, the checker says something or nothing, and never fails.
#[test]
fn broken_bytes_do_no_harm() {
    let mut state = 7u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % bound
    };
    for seed in 0..600 {
        let mut bytes = parent(seed).bytes();
        for _ in 0..1 + next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = b"*~:^-.9A\x00\xff"[next(10)],
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"*~:0Z"[next(5)]),
            }
        }
        let length = bytes.len() as u64;
        for finding in check(&bytes) {
            assert!(finding.position.offset.unwrap_or(0) <= length + 1, "{finding:?}");
            assert!(!finding.message.is_empty());
        }
    }
}
