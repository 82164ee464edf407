//! What is refused, with words that say why; nothing of it is kept.

use super::offices::{Offices, SUBJECT, contract, deliver, digest};
use counterfoil_operations::contracts::{
    SettlementRequest, Signing, SuppliedFile, TakenText, prepare_settlement, sign_contract,
    state_settlement, take_texts,
};
use counterfoil_operations::halves::Dues;
use counterfoil_samples::Database;
use counterfoil_settle::Basis;
use counterfoil_store::DocumentState;
use counterfoil_twin::{Field, Statement, file_subject, from_hex};

counterfoil_samples::on_both_databases!(
    a_signature_needs_a_sound_text_that_is_here_and_a_name,
    a_settlement_needs_a_contract_facts_and_a_name,
    a_text_with_other_bytes_is_never_used,
);

fn a_signature_needs_a_sound_text_that_is_here_and_a_name(database: &Database) {
    let mut both = Offices::new(database);
    let good = contract("50%");
    let unknown = both.payer.countersign(&digest(&good), "2025-01-01", None).unwrap_err();
    assert!(unknown.contains("is not here"), "{unknown}");
    let mut without_year = good.clone();
    without_year.remove("params/2025.toml");
    let mut wrong_case = good.clone();
    let case = String::from_utf8(good["cases/good/nothing.toml"].clone()).expect("UTF-8");
    let case = case.replace("bonus = \"$0.00\"", "bonus = \"$1.00\"");
    wrong_case.insert("cases/good/nothing.toml".to_owned(), case.into_bytes());
    let mut no_case = good.clone();
    no_case.remove("cases/good/nothing.toml");
    let mut other_file = good.clone();
    other_file.insert("notes.txt".to_owned(), Vec::new());
    for (files, why) in [
        (&without_year, "things to mend"),
        (&wrong_case, "1 worked examples of the contract do not come out"),
        (&no_case, "no worked example"),
        (&other_file, "has a name that no file of a contract may have"),
    ] {
        let refused = both.payer.sign(files, "2025-01-01", None).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    both.payer.sign(&good, "2025-01-01", None).expect("the payer proposes");
    let again = both.payer.countersign(&digest(&good), "2025-01-01", None).unwrap_err();
    assert!(again.contains("has signed the same before"), "{again}");
    both.exchange();
    let again = both.payer.countersign(&digest(&good), "2025-01-01", None).unwrap_err();
    assert!(again.contains("has signed the same before"), "{again}");
    for name in [" ", "a\nb"] {
        let (text, from) = (digest(&good), super::offices::day("2026-01-01"));
        let signing =
            Signing { digest: &text, effective_on: from, replaces: None, signed_by: name };
        let refused = both.provider.attempt(|tx, with| sign_contract(tx, with, &signing));
        assert!(refused.is_err(), "{name:?}");
    }
}

fn a_settlement_needs_a_contract_facts_and_a_name(database: &Database) {
    let mut both = Offices::new(database);
    let facts = "Provider,Saved,Quality\nH1,100.00,Y\n";
    let refused = both.payer.prepare(facts, Basis::Final).unwrap_err();
    assert!(refused.contains("there is no contract shared_bonus with Clinic"), "{refused}");
    both.agree(&contract("50%"), "2025-01-01", None);
    for (facts, why) in [
        ("Provider,Saved\nH1,100.00\n", "errors"),
        ("Provider,Saved,Quality\n", "The facts have no rows"),
        ("Provider,Saved,Quality\nH1,,Y\n", "a row has no result: H1"),
    ] {
        let refused = both.payer.prepare(facts, Basis::Final).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    let of_year = |year, term| SettlementRequest {
        contract_id: "shared_bonus",
        year,
        on: None,
        facts: SuppliedFile { name: "facts.csv", bytes: facts.as_bytes() },
        rows: Vec::new(),
        term,
        basis: Basis::Final,
        milestones: Vec::new(),
    };
    for (request, why) in [
        (of_year(2024, None), "nothing is in force in 2024"),
        (of_year(2026, None), "2026"),
        (of_year(2025, Some("no_term")), "the contract has no such amount"),
    ] {
        let refused = both.payer.attempt(|tx, with| prepare_settlement(tx, with, &request));
        let refused = refused.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    assert!(both.payer.state().unwrap_err().contains("was computed here"));
    both.payer.prepare(facts, Basis::Final).expect("it is settled");
    let refused = both.payer.attempt(|tx, with| state_settlement(tx, with, (SUBJECT, "  ")));
    assert!(refused.unwrap_err().contains("a named person signs"));
    assert!(both.payer.book("2026-04-01", None).unwrap_err().contains("has not stated"));
    // Once stated, what is lost on its way is missing and said to be.
    both.payer.state().expect("it is stated");
}

fn a_text_with_other_bytes_is_never_used(database: &Database) {
    let mut both = Offices::new(database);
    // The payer's record names documents of both kinds that are none.
    for (kind, bytes) in [("contract", &b"no bundle"[..]), ("settlement", &b"{}"[..])] {
        both.payer
            .attempt(|tx, with| {
                let digest = counterfoil_twin::sha256(&[bytes]);
                let fields = vec![
                    Field::digest("digest", digest),
                    Field::integer("length", i64::try_from(bytes.len()).expect("short")),
                    Field::text("kind", kind),
                    Field::text("name", kind),
                ];
                let mut dues = Dues::default();
                let subject = file_subject(&digest);
                dues.say(with.id, Statement { kind: "file.sent".into(), subject, fields })?;
                dues.record(tx, kind)
            })
            .expect("it is recorded");
    }
    both.payer.sign(&contract("50%"), "2025-01-01", None).expect("the payer proposes");
    both.payer.sign_due(1_750_000_000_500);
    let sent = both.payer.read(|tx, with| {
        counterfoil_operations::halves::entries(tx, with, (with.author, 0, 1 << 20))
    });
    counterfoil_operations::halves::accept(
        &mut both.provider.store,
        &both.provider.relation,
        &sent,
    )
    .expect("events are taken in");
    let named =
        both.provider.read(|tx, with| Ok(tx.twin_documents(with.id, DocumentState::Named)?));
    assert_eq!(named.len(), 3);
    for one in &named {
        both.provider
            .attempt(|tx, with| {
                Ok(tx.set_twin_document(
                    with.id,
                    &one.digest,
                    (DocumentState::Held, &one.digest),
                )?)
            })
            .expect("it is held");
    }
    let relation = both.provider.relation.clone();
    let taken = take_texts(&mut both.provider.store, &relation, &mut |one| {
        Ok(match one.name.as_str() {
            "contract" => b"no bundle".to_vec(),
            "settlement" => b"{}".to_vec(),
            // Whole, but not what was signed.
            _ => counterfoil_contract::bundle(&contract("60%")),
        })
    });
    for (one, why) in taken.expect("they are looked at").iter().zip([
        "no bundle of a contract's files",
        "it is no settlement",
        "not those that the partner has signed",
    ]) {
        let TakenText::Refused(_, told) = one else { panic!("{one:?}") };
        assert!(told.contains(why), "{told}");
    }
    let text = digest(&contract("50%"));
    assert!(from_hex(&text).is_some());
    let refused = both.provider.countersign(&text, "2025-01-01", None).unwrap_err();
    assert!(refused.contains("is not here"), "{refused}");
    assert_eq!(deliver(&mut both.payer, &mut both.provider), [], "it is not asked for again");
}
