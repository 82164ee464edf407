//! Every 837P, 837I and 835 of the shared samples is read into the model, written, and read
//! again: the model is the same, whole, but for positions in the file.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

mod common;

use common::{Whole, comparable, comparable_advice, read_all};
use counterfoil_base::parse_ccyymmdd;
use counterfoil_claim::{Claim, ClaimKind, WriteError, write_835, write_837};
use counterfoil_x12::{Envelope, Separators};
use std::path::Path;

/// Samples of which no claim or payment is compared, with the version that they follow: they
/// are of other guides, or hold no claim.
const NOTHING_TO_COMPARE: [(&str, &str); 26] = [
    ("azoner__835id.source", "004010X091A1"),
    ("azoner__bad-2010AA-bug.source", "004010X098A1"),
    ("azoner__bad-header-looping.source", "004010X091A1"),
    ("azoner__blank1.source", "004010X096A1"),
    ("azoner__ele.source", "004010X096A1"),
    ("azoner__elements.source", "004010X098A1"),
    ("azoner__fail-no-IEA.source", "004010X098A1"),
    ("azoner__ordinal.source", "004010X096A1"),
    ("azoner__per-segment-repeat.source", "004010X098A1"),
    ("azoner__simple-837i.source", "004010X096A1"),
    ("azoner__simple1.source", "004010X098A1"),
    ("azoner__trailing-terms.source", "004010X096A1"),
    ("kputnam__X224A2-pass-claim-multi-quantity-single-line.edi", "005010X224A2"),
    ("kputnam__X224A2-pass-commercial-health-insurance.edi", "005010X224A2"),
    ("kputnam__X291-pass-anesthesia.edi", "005010X291"),
    ("kputnam__X291-pass-commercial-health-insurance.edi", "005010X291"),
    ("kputnam__X291-pass-hmo-plan.edi", "005010X291"),
    ("kputnam__X291-pass-oxygen.edi", "005010X291"),
    ("kputnam__X292-pass-837-institutional-claim.edi", "005010X292"),
    ("kputnam__X298-pass-pacdr-professional-external-example.edi", "005010X298"),
    ("linuxforhealth__004010X096A1-homeowners.837", "004010X096A1"),
    ("linuxforhealth__004010X098A1-dependent-commercial-insurance-01.837", "004010X098A1"),
    ("linuxforhealth__004010X098A1-dependent-commercial-insurance-02.837", "004010X098A1"),
    ("linuxforhealth__004010X098A1-dependent-commercial-insurance-03.837", "004010X098A1"),
    ("linuxforhealth__004010X098A1-patient-is-dependent.837", "004010X098A1"),
    ("linuxforhealth__004010X098A1-patient-is-subscriber.837", "004010X098A1"),
];

fn samples(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        files.push((name, std::fs::read(&path).unwrap()));
    }
    files.sort();
    files
}

/// Separators that are data in none of the samples.
const SEPARATORS: Separators =
    Separators { element: b'|', component: b'\\', repetition: Some(b'`'), segment: b'~' };

fn envelope(functional_id: &str, version: &str) -> Envelope {
    let date = parse_ccyymmdd(b"20240301").unwrap();
    let envelope = Envelope::new(functional_id, version, ("SENDER", "RECEIVER"), date);
    Envelope { separators: SEPARATORS, ..envelope }
}

/// Samples that are not written, with the reason: the writer refuses what cannot be X12.
const REFUSED: [(&str, &str); 1] = [(
    "imsweb__x12-bad-segment-identifier.txt",
    "a carried segment has an identifier that is no segment identifier",
)];

fn write_claims(claims: &[Claim]) -> Result<Whole, WriteError> {
    let mut back = Whole::default();
    for run in claims.chunk_by(|left, right| left.kind == right.kind) {
        let version = match run[0].kind {
            ClaimKind::Professional => "005010X222A1",
            ClaimKind::Institutional => "005010X223A2",
        };
        let bytes = write_837(&envelope("HC", version), run)?;
        let read = read_all(&bytes);
        back.claims.extend(read.claims);
        back.findings.extend(read.findings);
        back.loss.merge(&read.loss);
    }
    Ok(back)
}

fn excluded(name: &str, whole: &Whole) -> bool {
    let is_listed = NOTHING_TO_COMPARE.iter().any(|(listed, _)| *listed == name);
    let is_empty = whole.claims.is_empty() && whole.advices.is_empty();
    assert_eq!(is_listed, is_empty, "{name}");
    is_empty
}

fn claims_of_the_samples_survive_the_way_out_and_back(folder: &Path) {
    for (name, bytes) in samples(&folder.join("837")) {
        let whole = read_all(&bytes);
        if excluded(&name, &whole) {
            continue;
        }
        let is_refused = REFUSED.iter().any(|(listed, _)| *listed == name);
        let back = match write_claims(&whole.claims) {
            Ok(back) => back,
            Err(error) => {
                assert!(is_refused, "{name}: {error}");
                continue;
            }
        };
        assert!(!is_refused, "{name}");
        assert_eq!(back.findings, whole.findings, "{name}");
        assert_eq!(back.loss, whole.loss, "{name}");
        assert_eq!(back.claims.len(), whole.claims.len(), "{name}");
        for (after, before) in back.claims.into_iter().zip(whole.claims) {
            assert_eq!(comparable(after), comparable(before), "{name}");
        }
    }
}

fn payments_of_the_samples_survive_the_way_out_and_back(folder: &Path) {
    for (name, bytes) in samples(&folder.join("835")) {
        let whole = read_all(&bytes);
        if excluded(&name, &whole) {
            continue;
        }
        let written = write_835(&envelope("HP", "005010X221A1"), &whole.advices).unwrap();
        let back = read_all(&written);
        assert_eq!(back.findings, whole.findings, "{name}");
        assert_eq!(back.loss, whole.loss, "{name}");
        assert_eq!(back.advices.len(), whole.advices.len(), "{name}");
        for (after, before) in back.advices.into_iter().zip(whole.advices) {
            assert_eq!(comparable_advice(after), comparable_advice(before), "{name}");
        }
    }
}

counterfoil_samples::run_over!(
    "data/x12",
    claims_of_the_samples_survive_the_way_out_and_back,
    payments_of_the_samples_survive_the_way_out_and_back,
);
