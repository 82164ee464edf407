//! What a payer sent, read back from its files and held against the guides.

use super::payer::Payer;
use counterfoil_base::{Cents, Finding};
use counterfoil_claim::{AdjustmentGroup, RemittanceAdvice, RemittanceClaim, read_file};
use counterfoil_integrity::Tables;
use counterfoil_remit::{CcdPayment, check_balance, read_nacha};
use counterfoil_x12::{Event, Profile, ReadOptions, Reader};
use std::collections::BTreeMap;
use std::sync::Arc;

fn strict() -> ReadOptions {
    ReadOptions {
        profile: Profile::Strict,
        codes: Arc::new(Tables::builtin()),
        ..ReadOptions::default()
    }
}

/// Asserts that the file passes the guide of this version in the strict profile.
pub fn assert_passes_guide(name: &str, bytes: &[u8], version: &str) {
    let mut reader = Reader::new(strict());
    let mut sets = 0;
    let refuse = |findings: &[Finding]| {
        let error = findings.iter().find(|finding| finding.is_error());
        assert!(error.is_none(), "{name}: {error:?}");
    };
    reader.push(bytes);
    reader.finish();
    while let Some(event) = reader.next_event() {
        match event {
            Event::TransactionStart(transaction) => {
                let guide = transaction.guide.map(|guide| guide.version);
                assert_eq!(guide, Some(version), "{name}");
                sets += 1;
            }
            Event::Unit(unit) => refuse(unit.findings()),
            Event::TransactionEnd(end) => {
                refuse(end.findings);
                assert!(end.is_accepted, "{name}");
            }
            Event::Finding(finding) => refuse(std::slice::from_ref(finding)),
            _ => {}
        }
    }
    assert!(sets > 0, "{name} holds a transaction set");
}

/// Every 835 of the payer, read back; each must balance and pass its guide.
pub fn remittances(payer: &Payer<'_>) -> Vec<RemittanceAdvice> {
    let mut advices = Vec::new();
    for (name, bytes) in payer.files("835-") {
        assert_passes_guide(&name, &bytes, "005010X221A1");
        let contents = read_file(&bytes, strict());
        for read in contents.remittances {
            assert_eq!(read.findings, [], "{name}");
            assert_eq!(check_balance(&read.advice), [], "{name}");
            advices.push(read.advice);
        }
    }
    advices
}

/// Asserts that the CCD+ files hold one credit for each 835 that pays electronically, and
/// nothing else: same trace, same amount, same day.
pub fn assert_credits_pay(payer: &Payer<'_>, advices: &[RemittanceAdvice]) {
    let mut credits = BTreeMap::new();
    for (name, bytes) in payer.files("ccd-") {
        let file = read_nacha(&bytes).bank_file();
        assert_eq!(file.findings, [], "{name}");
        for entry in file.entries {
            let trace = entry.trace.expect("a CCD+ entry has a TRN");
            let fact = (trace.payer_identifier.clone(), entry.amount_cents, entry.date);
            let twice = credits.insert(trace.number, fact);
            assert_eq!(twice, None, "{name}");
        }
    }
    let announced: BTreeMap<_, _> = advices
        .iter()
        .filter_map(CcdPayment::of)
        .map(|one| {
            let fact = (one.trace.payer_identifier, one.amount_cents, one.effective_date);
            (one.trace.number, fact)
        })
        .collect();
    assert!(credits == announced, "every credit has its 835, and every 835 its credit");
}

/// What an 835 says of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// CLP03, CLP04, CLP05.
    pub charge: Cents,
    pub paid: Cents,
    pub patient: Cents,
    /// CAS by group and reason, of the claim and its lines.
    pub reductions: BTreeMap<(AdjustmentGroup, String), Cents>,
}

impl Said {
    pub fn of(claim: &RemittanceClaim) -> Said {
        let mut reductions = BTreeMap::new();
        let lines = claim.lines.iter().flat_map(|line| &line.adjustments);
        for one in claim.adjustments.iter().chain(lines) {
            let sum: &mut Cents =
                reductions.entry((one.group, one.reason.to_string())).or_default();
            *sum += one.amount_cents;
        }
        reductions.retain(|_, cents| !cents.is_zero());
        Said {
            charge: claim.charge_cents,
            paid: claim.paid_cents,
            patient: claim.patient_responsibility_cents,
            reductions,
        }
    }

    /// As a reversal says it: every amount negated, the patient's share left out.
    pub fn reversed(&self) -> Said {
        Said {
            charge: -self.charge,
            paid: -self.paid,
            patient: Cents::ZERO,
            reductions: self.reductions.iter().map(|(key, cents)| (key.clone(), -*cents)).collect(),
        }
    }
}

/// Decisions and reversals by the payer's number; a claim has at most one of each.
#[derive(Default)]
pub struct Reported {
    pub decided: BTreeMap<String, Said>,
    pub reversed: BTreeMap<String, Said>,
}

impl Reported {
    pub fn of(advices: &[RemittanceAdvice]) -> Reported {
        let mut reported = Reported::default();
        for claim in advices.iter().flat_map(|advice| &advice.claims) {
            let is_reversal = claim.status_code == "22";
            let into = if is_reversal { &mut reported.reversed } else { &mut reported.decided };
            let number = claim.payer_claim_control_number.to_string();
            let twice = into.insert(number, Said::of(claim));
            assert_eq!(twice, None, "a claim is decided once and reversed once");
        }
        reported
    }
}

/// The status category of each claim in the 277CAs, by CLM01 (005010X214, 2200D TRN and STC).
pub fn answers(payer: &Payer<'_>) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for (name, bytes) in payer.files("277CA-") {
        assert_passes_guide(&name, &bytes, "005010X214");
        let text = String::from_utf8(bytes).expect("a 277CA is text");
        let (mut is_patient, mut claim) = (false, None);
        for segment in text.split('~').map(str::trim) {
            let elements: Vec<&str> = segment.split('*').collect();
            match elements.as_slice() {
                ["HL", _, _, level, ..] => is_patient = *level == "PT",
                ["TRN", "2", number, ..] if is_patient => claim = Some((*number).to_owned()),
                ["STC", status, ..] => {
                    let Some(number) = claim.take() else { continue };
                    let category = status.split(':').next().unwrap_or("").to_owned();
                    let twice = answers.insert(number, category);
                    assert_eq!(twice, None, "{name}: a claim is answered once");
                }
                _ => {}
            }
        }
    }
    answers
}
