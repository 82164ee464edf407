//! A file of claims on its way out: to each partner its own claims, each once, none unbooked.

use super::place::{ELM, OAK, Office, claim_to, day};
use super::returned::{partner, sign};
use counterfoil_base::Text;
use counterfoil_claim::read_file;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::halves::Relation;
use counterfoil_operations::provider::{
    AwaitingRules, Billed, Dispatch, Dispatched, HeldClaim, HeldState, claims_awaiting_rules,
    dispatch_file, held_claims,
};
use counterfoil_store::Store;
use counterfoil_twin::{file_subject, from_hex};
use counterfoil_x12::ReadOptions;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// A claim of a file: payer, CLM01, CLM05-3, cents, REF F8.
pub type Sent<'a> = (&'a str, &'a str, &'a str, u64, &'a str);

/// An interchange of OAK with a transaction set for each list of claims.
pub fn interchange(control: u32, sets: &[&[Sent<'_>]]) -> Vec<u8> {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*OFFICE         *ZZ*HOUSE          *260301*0630*^*00501*\
         {control:09}*0*P*:~\nGS*HC*OFFICE*HOUSE*20260301*0630*{control}*X*005010X222A1~\n"
    );
    for (number, claims) in (1..).zip(sets) {
        let set = transaction_set(number, claims);
        let segments = set.matches('~').count() + 1;
        let _ = writeln!(text, "{set}SE*{segments}*{number:04}~");
    }
    let _ = write!(text, "GE*{}*{control}~\nIEA*1*{control:09}~\n", sets.len());
    text.into_bytes()
}

fn transaction_set(number: u32, claims: &[Sent<'_>]) -> String {
    let mut body = format!(
        "ST*837*{number:04}*005010X222A1~\nBHT*0019*00*B{number}*20260301*0630*CH~\n\
         NM1*41*2*OAK FAMILY PRACTICE*****46*OFFICE~\nPER*IC*CLAIMS DESK*TE*3035550100~\n\
         NM1*40*2*CLEARING HOUSE*****46*HOUSE~\nHL*1**20*1~\nPRV*BI*PXC*207Q00000X~\n\
         NM1*85*2*OAK FAMILY PRACTICE*****XX*{OAK}~\nN3*314 CEDAR AVENUE~\n\
         N4*DENVER*CO*802021234~\nREF*EI*841000001~\n"
    );
    for (level, (payer, account, frequency, cents, corrects)) in (2..).zip(claims) {
        let charge = format!("{}.{:02}", cents / 100, cents % 100);
        let charge = charge.trim_end_matches('0').trim_end_matches('.');
        let f8 = match *corrects {
            "" => String::new(),
            number => format!("REF*F8*{number}~\n"),
        };
        let _ = write!(
            body,
            "HL*{level}*1*22*0~\nSBR*P*18*FXGRP100******CI~\n\
             NM1*IL*1*THORN*FLORA****MI*M{number}{level:05}~\nN3*852 OAK LANE~\n\
             N4*AURORA*CO*80012~\nDMG*D8*19771217*F~\nNM1*PR*2*HEALTH PLAN*****PI*{payer}~\n\
             CLM*{account}*{charge}***11:B:{frequency}*Y*A*Y*Y~\n{f8}HI*ABK:R0602~\n\
             NM1*82*1*NETHERBY*HUGO****XX*{ELM}~\nPRV*PE*PXC*207Q00000X~\nLX*1~\n\
             SV1*HC:T1015*{charge}*UN*1***1~\nDTP*472*D8*20260220~\nREF*6R*{account}-1~\n"
        );
    }
    body
}

/// Sends a file; `awaited` are payers whose rules are not at hand.
pub fn send(store: &mut Store, bytes: &[u8], awaited: &[&str]) -> Dispatched {
    let config = CleanClaimConfig::default();
    let awaited = awaited.iter().map(|one| (Text::from(*one), format!("Rules of {one} are away")));
    let dispatch = Dispatch {
        name: "claims.837",
        bytes,
        engine: Arc::new(CleanClaimEngine::new(Tables::builtin(), Vec::new(), config)),
        rules_awaited: &awaited.collect(),
        on: day(1),
        expected_cents: &|_| None,
    };
    dispatch_file(store, &dispatch).expect("a file is dispatched")
}

/// The bytes of a file of the outbox.
fn outgoing(store: &mut Store, digest: &str) -> Vec<u8> {
    let read = store.transaction("outgoing", |tx| {
        let file = tx.outbox_with_digest(digest)?.expect("the file is in the outbox");
        tx.outbox_part(&file.file_name, 0)
    });
    read.expect("the outbox is read").expect("a small file has one part")
}

/// Control numbers of a file, and payer and number of each of its claims.
fn contents(bytes: &[u8]) -> (Vec<String>, Vec<(String, String)>) {
    let read = read_file(bytes, ReadOptions::default());
    let numbers = String::from_utf8_lossy(bytes);
    let numbers = numbers.split('~').filter(|one| one.trim_start().starts_with("ISA*"));
    let numbers = numbers.map(|one| one.split('*').nth(13).unwrap_or_default().to_owned());
    let claims = read.claims.iter().map(|one| {
        let (claim, number) = (&one.claim, &one.claim.patient_control_number);
        (claim.payer.id.to_string(), number.to_string())
    });
    (numbers.collect(), claims.collect())
}

pub fn held(store: &mut Store) -> Vec<HeldClaim> {
    let held = store.transaction("held", held_claims).expect("held claims are read");
    held.into_iter().filter(|one| one.state == HeldState::Held).collect()
}

fn codes(held: &[HeldClaim]) -> Vec<(&str, &str)> {
    let code = |one: &'_ HeldClaim| one.findings.first().map(|finding| finding.code.clone());
    assert!(held.iter().all(|one| code(one).is_some()), "{held:?}");
    held.iter()
        .map(|one| (one.patient_control_number.as_str(), one.findings[0].code.as_str()))
        .collect()
}

/// How often the record says that a file was sent.
fn told(store: &mut Store, relation: &Relation, digest: &str) -> usize {
    let hash = from_hex(digest).and_then(|one| one.try_into().ok()).expect("a digest");
    let events = store
        .transaction("told", |tx| tx.twin_events_about(relation.id, &file_subject(&hash)))
        .expect("events are read");
    events.len()
}

#[test]
fn each_partner_gets_its_own_claims_alone() {
    let mut office = Office::new();
    let fox = partner(&mut office.store, "FOX01", 1);
    let elk = partner(&mut office.store, "ELK01", 2);
    let bytes = interchange(
        7,
        &[
            &[("FOX01", "P1", "1", 10_000, ""), ("ELK01", "P2", "1", 20_000, "")],
            &[("OWL01", "P3", "1", 40_000, ""), ("FOX01", "P4", "1", 80_000, "")],
            &[("JAY01", "P5", "1", 160_000, "")],
        ],
    );
    let done = send(&mut office.store, &bytes, &[]);
    assert_eq!((done.claims, done.sent(), done.told(), done.held), (5, 5, 3, 0));
    for relation in [&fox, &elk] {
        sign(&mut office.store, relation);
    }
    let whole = done.digest.as_str();
    assert_eq!(
        (told(&mut office.store, &fox, whole), told(&mut office.store, &elk, whole)),
        (0, 0)
    );
    let mut numbers = BTreeSet::new();
    let mut seen = BTreeMap::new();
    for file in &done.submitted {
        let (of_file, claims) = contents(&outgoing(&mut office.store, &file.digest));
        assert_eq!(of_file.len(), 1);
        assert!(numbers.insert(of_file), "each has a control number of its own");
        let records = [&fox, &elk].map(|one| told(&mut office.store, one, &file.digest));
        for (payer, number) in claims {
            let expected = match payer.as_str() {
                "FOX01" => [1, 0],
                "ELK01" => [0, 1],
                _ => [0, 0],
            };
            assert_eq!(records, expected, "{payer}");
            seen.insert(number, payer);
        }
    }
    let seen: Vec<&str> = seen.values().map(String::as_str).collect();
    assert_eq!(seen, ["FOX01", "ELK01", "OWL01", "FOX01", "JAY01"]);
    for (relation, claims) in [(&fox, 2), (&elk, 1)] {
        let rows = office.store.transaction("claims", |tx| tx.twin_claims(relation.id));
        assert_eq!(rows.expect("claims are read").len(), claims);
    }
    let billed: i64 = office.rows().iter().map(|row| row.charge_cents.0).sum();
    assert_eq!((office.rows().len(), billed), (5, 310_000));
}

#[test]
fn a_file_of_one_partner_goes_out_as_it_is() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    for (control, payer) in [(7, "FOX01"), (8, "OWL01")] {
        let bytes = interchange(control, &[&[(payer, "P1", "1", 10_000, "")]]);
        let done = send(&mut office.store, &bytes, &[]);
        let [file] = done.submitted.as_slice() else { panic!("one file: {done:?}") };
        assert_eq!(file.digest, done.digest);
        assert!(outgoing(&mut office.store, &file.digest) == bytes, "byte for byte");
    }
}

#[test]
fn of_two_claims_with_one_number_in_a_file_the_second_waits() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    let bytes = interchange(
        7,
        &[&[
            ("FOX01", "P1", "1", 10_000, ""),
            ("FOX01", "P1", "1", 20_000, ""),
            ("FOX01", "P1", "1", 10_000, ""),
            // Another payer's number, and a correction of the first.
            ("OWL01", "P1", "1", 10_000, ""),
            ("FOX01", "P1", "7", 30_000, "K1"),
            ("FOX01", "P1", "7", 30_000, "K1"),
        ]],
    );
    let done = send(&mut office.store, &bytes, &[]);
    assert_eq!((done.claims, done.sent(), done.told(), done.held), (6, 3, 2, 3));
    assert_eq!(done.submitted.iter().map(|file| file.booked).sum::<u64>(), 3);
    let held = held(&mut office.store);
    let places: Vec<u64> = held.iter().map(|one| one.ordinal).collect();
    assert_eq!(places, [2, 3, 6]);
    let twice = ("P1", "OPS-7-control-number-twice");
    assert_eq!(codes(&held), [twice, twice, twice]);
}

#[test]
fn a_claim_that_was_booked_and_not_sent_goes_out_once() {
    let mut office = Office::new();
    let fox = partner(&mut office.store, "FOX01", 1);
    let booked = claim_to("FOX01", (OAK, "P1"), "1", 10_000, "");
    assert_eq!(office.bill(&booked, "the file that was checked"), Billed::New);
    let books = office.balances();
    let bytes = interchange(7, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    let done = send(&mut office.store, &bytes, &[]);
    assert_eq!((done.sent(), done.told(), done.sent_before), (1, 1, 0));
    assert_eq!(office.balances(), books, "nothing is booked twice");
    let rows = office.rows();
    assert_eq!((rows.len(), rows[0].source_file.as_str()), (1, done.digest.as_str()));
    sign(&mut office.store, &fox);
    let told = office.store.transaction("told", |tx| tx.twin_claim(fox.id, &rows[0].twin_subject));
    assert_eq!(told.expect("a claim is read").expect("it is told").standing, "submitted");
    // From now on it is one that went out, whoever the payer is.
    let again = interchange(8, &[&[("FOX01", "P1", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &again, &[]).sent_before, 1);
    let other = interchange(9, &[&[("OWL01", "P2", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &other, &[]).sent(), 1);
    let again = interchange(10, &[&[("OWL01", "P2", "1", 10_000, "")]]);
    assert_eq!(send(&mut office.store, &again, &[]).sent_before, 1);
}

#[test]
fn a_sender_that_always_uses_one_control_number_gets_others() {
    let mut office = Office::new();
    let mut numbers = Vec::new();
    for at in 0..4 {
        let account = format!("P{at}");
        let bytes = interchange(1, &[&[("OWL01", &account, "1", 10_000, "")]]);
        let done = send(&mut office.store, &bytes, &[]);
        let (of_file, _) = contents(&outgoing(&mut office.store, &done.submitted[0].digest));
        numbers.extend(of_file);
    }
    assert_eq!(numbers, ["000000001", "500000000", "500000001", "500000002"]);
}

#[test]
fn claims_wait_for_the_rules_of_their_payer_alone_and_then_go_out() {
    let mut office = Office::new();
    partner(&mut office.store, "FOX01", 1);
    partner(&mut office.store, "ELK01", 2);
    let bytes =
        interchange(7, &[&[("FOX01", "P1", "1", 10_000, ""), ("ELK01", "P2", "1", 20_000, "")]]);
    let done = send(&mut office.store, &bytes, &["FOX01"]);
    assert_eq!((done.sent(), done.told(), done.held), (1, 1, 1));
    let waiting = held(&mut office.store);
    assert_eq!(codes(&waiting), [("P1", "OPS-7-rules-awaited")]);
    assert_eq!(waiting[0].findings[0].message, "Rules of FOX01 are away.");
    let awaited = |names: &[&str]| -> BTreeMap<Text, String> {
        names.iter().map(|one| (Text::from(*one), String::new())).collect()
    };
    let asked = |office: &mut Office, names: &[&str]| {
        claims_awaiting_rules(&mut office.store, (&awaited(names), day(2))).expect("it is read")
    };
    let waits = AwaitingRules { waiting: 1, ..AwaitingRules::default() };
    assert_eq!(asked(&mut office, &["FOX01"]), waits);
    let file = asked(&mut office, &[]).file;
    let done = send(&mut office.store, &file, &[]);
    assert_eq!((done.sent(), done.told(), done.held), (1, 1, 0));
    assert_eq!(held(&mut office.store), []);
    assert_eq!(asked(&mut office, &[]), AwaitingRules::default());
}

#[test]
fn what_is_written_anew_has_the_separators_of_its_source() {
    let mut office = Office::new();
    partner(&mut office.store, "PLAN1", 3);
    let claims: &[Sent<'_>] = &[("PLAN1", "A-1", "1", 15_000, ""), ("PLAN2", "A-2", "1", 100, "")];
    let text = String::from_utf8(interchange(7, &[claims])).expect("text");
    // A colon is data where the component separator is another one.
    let text = text.replace(':', ">").replace("HEALTH PLAN", "PLAN: HEALTH");
    let done = send(&mut office.store, text.as_bytes(), &["PLAN2"]);
    assert_eq!((done.held, done.sent()), (1, 1));
    let out = outgoing(&mut office.store, &done.submitted[0].digest);
    let out = String::from_utf8(out).expect("text");
    assert!(out.contains("*P*>~") && out.contains("PLAN: HEALTH"), "{out}");
    let waiting = claims_awaiting_rules(&mut office.store, (&BTreeMap::new(), day(1)));
    let file = waiting.expect("what waits is written").file;
    assert!(String::from_utf8(file).expect("text").contains("PLAN: HEALTH"));
}
