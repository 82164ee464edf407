//! Any change of a clean claim, and noise, is read without panic; nothing is lost, and
//! acknowledgements are valid X12 themselves.
#![allow(missing_docs)]

mod common;

use common::read;
use counterfoil_base::{Finding, parse_ccyymmdd};
use counterfoil_x12::{AckNumbers, Profile, round_trip};
use proptest::prelude::*;

const CLAIM: &[u8] = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
*260101*1200*^*00501*000000001*0*P*:~GS*HC*SENDER*RECEIVER*20260101*1200*1*X*005010X222A1~\
ST*837*0001*005010X222A1~BHT*0019*00*1*20260101*1200*CH~NM1*41*2*SUBMITTER*****46*12~\
PER*IC*HELP*TE*5555555555~NM1*40*2*RECEIVER*****46*22~HL*1**20*1~NM1*85*2*CLINIC*****XX*1234567893~\
N3*1 ROAD~N4*ALBANY*NY*122071234~REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******CI~\
NM1*IL*1*DOE*JANE****MI*11~N3*2 ROAD~N4*ALBANY*NY*12207~DMG*D8*19700101*F~\
NM1*PR*2*PLAN*****PI*33~CLM*A1*100***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~SV1*HC:99213*100*UN*1***1~\
DTP*472*D8*20251231~SE*23*0001~GE*1*1~IEA*1*000000001~";

#[test]
fn the_base_claim_of_the_mutations_is_clean() {
    let (findings, units, _) = read(CLAIM, 1000, Profile::Strict);
    let errors: Vec<&Finding> = findings.iter().filter(|f| f.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(units, ["CLM HI LX SV1 DTP"]);
}

/// Code, severity, segment and message of the findings of the base claim with one change.
fn changed(from: &str, to: &str) -> Vec<(String, &'static str, Option<u64>, String)> {
    let text = String::from_utf8_lossy(CLAIM).replacen(from, to, 1);
    let (findings, _, _) = read(text.as_bytes(), 1000, Profile::Strict);
    let one = |f: Finding| (f.code.into_owned(), f.severity.word(), f.position.segment, f.message);
    findings.into_iter().map(one).collect()
}

#[test]
fn segments_without_an_st_are_told_of_once_with_their_number() {
    let found = changed("ST*837*0001*005010X222A1~", "");
    let outside: Vec<_> = found.iter().filter(|f| f.0 == "X12-1-segment-outside").collect();
    let [(_, "error", Some(3), message)] = outside[..] else { panic!("{found:#?}") };
    assert!(message.starts_with("22 segments stand outside"), "{message}");
    let single = changed("IEA*1*", "N3*1 ROAD~IEA*1*");
    let [(code, "error", Some(27), message)] = &single[..] else { panic!("{single:#?}") };
    assert_eq!(code, "X12-1-segment-outside");
    assert_eq!(message, "a segment stands outside any transaction set");
    let at_the_end = changed("GE*1*1~IEA*1*000000001~", "N3*1 ROAD~N3*2 ROAD");
    assert!(at_the_end.iter().any(|f| f.3.starts_with("2 segments")), "{at_the_end:#?}");
}

#[test]
fn an_interchange_version_is_an_error_only_when_it_cannot_be_read() {
    for (version, code, severity) in [
        ("00999", "X12-1-isa-version", "warning"),
        ("005X1", "X12-1-isa-element", "error"),
        ("     ", "X12-1-isa-element", "error"),
    ] {
        let found = changed("*00501*", &format!("*{version}*"));
        assert!(found.iter().any(|f| f.0 == code && f.1 == severity), "{version}: {found:#?}");
        assert!(severity == "error" || found.iter().all(|f| f.1 != "error"), "{found:#?}");
    }
    assert_eq!(changed("*00501*", "*00801*"), []);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_bytes_make_it_panic_and_none_are_lost(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..12),
        chunk in 1..2000usize,
    ) {
        let mut bytes = CLAIM.to_vec();
        for (at, byte, kind) in cuts {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => {
                    let end = (at + usize::from(byte)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
        let (written, _) = round_trip(&bytes);
        prop_assert!(written == bytes);
        let (findings, _, reader) = read(&bytes, chunk, Profile::Lenient);
        for finding in &findings {
            prop_assert!(finding.position.offset.unwrap_or(0) <= bytes.len() as u64 + 1);
        }
        let date = parse_ccyymmdd(b"20260101").unwrap();
        let numbers = AckNumbers { date, time: "1200", interchange_control_number: 1 };
        for written in reader.acknowledgements().write(numbers).unwrap() {
            for bytes in [written.interchange, written.implementation].into_iter().flatten() {
                let (findings, _, _) = read(&bytes, 4096, Profile::Strict);
                let errors: Vec<&Finding> = findings.iter().filter(|f| f.is_error()).collect();
                let text = String::from_utf8_lossy(&bytes);
                prop_assert!(errors.is_empty(), "{:#?}\n{}", errors, text);
            }
        }
    }

    #[test]
    fn noise_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let (written, _) = round_trip(&bytes);
        prop_assert!(written == bytes);
        let (findings, _, _) = read(&bytes, 50, Profile::Strict);
        prop_assert!(!findings.is_empty());
    }
}
