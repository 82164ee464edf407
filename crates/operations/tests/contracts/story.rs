//! A contract from its proposal to a settled year.

use super::offices::{Offices, SUBJECT, contract, day, digest, version_of};
use counterfoil_operations::contracts::{
    Booked, Comparison, contract_files, settlement_document, version_for_year,
};
use counterfoil_samples::Database;
use counterfoil_settle::Basis;
use counterfoil_twin::{Author, SettlementStanding, SettlementStatus, VersionStanding, to_hex};

counterfoil_samples::on_both_databases!(
    a_contract_is_proposed_read_countersigned_and_settled,
    two_texts_for_one_day_are_a_finding_for_both,
    what_differs_is_named_and_mended,
);

const FACTS: &str = "Provider,Saved,Quality\nH1,1000.01,Y\nH2,500.00,N\n";
/// The same in another order, with further columns.
const THEIR_FACTS: &str = "Note,Quality,Saved,Provider\nx,N,500.00,H2\ny,Y,1000.01,H1\n";

fn a_contract_is_proposed_read_countersigned_and_settled(database: &Database) {
    let mut both = Offices::new(database);
    let files = contract("50%");
    let text = digest(&files);
    assert_eq!(both.payer.sign(&files, "2025-01-01", None), Ok(VersionStanding::Proposed));
    let waits = both.payer.read(|tx, with| {
        let known = counterfoil_operations::contracts::contract_of(tx, with, "shared_bonus")?;
        Ok(known.expect("it is known before it is signed by the key"))
    });
    assert_eq!(waits.state.versions[0].payer.as_ref().expect("signed").sequence, None);
    both.exchange();
    // One signature is a proposal: nothing is in force, and the partner reads the very text.
    let known = both.contract();
    assert_eq!(version_of(&known, &text), VersionStanding::Proposed);
    assert!(version_for_year(&known.state, 2025, None).is_err());
    assert!(known.proposed_by_partner().is_empty(), "it is the payer's own");
    let read = both.provider.read(|tx, _| contract_files(tx, &text));
    assert_eq!(read, Some(files));
    assert!(both.provider.prepare(THEIR_FACTS, Basis::Final).unwrap_err().contains("in force"));
    let signed = both.provider.countersign(&text, "2025-01-01", None);
    assert_eq!(signed, Ok(VersionStanding::Signed { until: None }));
    both.exchange();
    let version = both.contract().state.versions.remove(0);
    assert!(
        version.is_in_force_on(day("2025-01-01")) && !version.is_in_force_on(day("2024-12-31"))
    );
    let names = [Author::Payer, Author::Provider].map(|one| version.signature(one).unwrap());
    assert_eq!(names.map(|one| one.signed_by.as_str()), ["Ana Ruiz", "Ben Cho"]);

    // Each settles on its own file: the same bytes, whatever the order of rows and columns.
    let settled = both.payer.prepare(FACTS, Basis::Final).expect("it is settled");
    let theirs = both.provider.prepare(THEIR_FACTS, Basis::Final).expect("it is settled");
    assert_eq!(settled.to_json(), theirs.to_json());
    assert_eq!(settled.amount_cents, 50_001 + 12_500, "$500.005 is rounded up, and half of half");
    assert_eq!(both.payer.state(), Ok(SettlementStatus::Final));
    both.exchange();
    assert!(matches!(both.payer.comparison(), Comparison::Unknown(_)));
    assert_eq!(both.provider.comparison(), Comparison::Same);
    assert!(both.provider.settlement().waits_to_be_stated());
    assert!(both.payer.book("2026-04-01", None).unwrap_err().contains("has not stated"));
    assert_eq!(both.provider.state(), Ok(SettlementStatus::Final));
    both.exchange();
    let [known, _] = both.settlement();
    assert_eq!(known.state.standing(), SettlementStanding::Agreed);
    assert_eq!((known.contract_id.as_str(), known.period.as_str()), ("shared_bonus", "2025"));
    assert_eq!(both.payer.comparison(), Comparison::Same);
    let ours = to_hex(&known.ours().expect("stated").statement);
    for office in [&mut both.payer, &mut both.provider] {
        let document = office.read(|tx, _| settlement_document(tx, &ours)).expect("it is here");
        assert_eq!(document, settled);
    }
    let booked = both.book("2026-04-01");
    let amount = counterfoil_base::Cents(settled.amount_cents);
    assert_eq!(booked, Booked { is_new: true, owed_cents: amount, paid_cents: amount });
    assert_eq!(both.book("2026-04-02"), Booked::default(), "it is booked once");
    let named = |cents: i64| {
        [
            vec![("payer.cash".to_owned(), -cents), ("payer.settlement_cost".to_owned(), cents)],
            vec![
                ("provider.payments_expected/FOX01".to_owned(), cents),
                ("provider.settlement_income".to_owned(), -cents),
            ],
        ]
    };
    let found = [both.payer.balances(), both.provider.balances()];
    assert_eq!(found, named(settled.amount_cents), "{SUBJECT}");
}

fn two_texts_for_one_day_are_a_finding_for_both(database: &Database) {
    let mut both = Offices::new(database);
    let (ours, theirs) = (contract("50%"), contract("60%"));
    both.payer.sign(&ours, "2025-01-01", None).expect("the payer proposes");
    both.provider.sign(&theirs, "2025-01-01", None).expect("the provider proposes another");
    both.exchange();
    let known = both.contract();
    for files in [&ours, &theirs] {
        assert_eq!(version_of(&known, &digest(files)), VersionStanding::Differs);
    }
    assert!(both.payer.prepare(FACTS, Basis::Final).unwrap_err().contains("nothing is in force"));
    assert_eq!(known.proposed_by_partner().len(), 1);
    // One of them gives way; the other text can never be signed for the day beside it.
    let signed = both.payer.countersign(&digest(&theirs), "2025-01-01", None);
    assert_eq!(signed, Ok(VersionStanding::Signed { until: None }));
    both.exchange();
    let known = both.contract();
    assert_eq!(version_of(&known, &digest(&ours)), VersionStanding::PassedOver);
    let refused = both.provider.countersign(&digest(&ours), "2025-01-01", None).unwrap_err();
    assert!(refused.contains("is signed by both from 2025-01-01"), "{refused}");
}

fn what_differs_is_named_and_mended(database: &Database) {
    let mut both = Offices::new(database);
    both.agree(&contract("50%"), "2025-01-01", None);
    let wrong = THEIR_FACTS.replace("1000.01", "1000.10");
    both.settle([FACTS, &wrong], Basis::Final);
    let [known, _] = both.settlement();
    assert_eq!(known.state.standing(), SettlementStanding::Differs);
    for (office, sides) in [
        (&mut both.payer, "$1,000.01 and $1,000.10"),
        (&mut both.provider, "$1,000.10 and $1,000.01"),
    ] {
        let Comparison::Parts(parting) = office.comparison() else { panic!("they part") };
        assert_eq!(parting.sentence(), format!("H1: fact saved: {sides}"));
        let refused = office.book("2026-04-01", None).unwrap_err();
        assert!(refused.contains("states something else"), "{refused}");
    }
    assert!(both.provider.state().unwrap_err().contains("is stated already"));
    both.provider.prepare(THEIR_FACTS, Basis::Final).expect("it is settled again");
    assert_eq!(both.provider.comparison(), Comparison::Same);
    assert_eq!(both.provider.state(), Ok(SettlementStatus::Restated));
    both.exchange();
    let [known, _] = both.settlement();
    assert_eq!(known.state.standing(), SettlementStanding::Agreed);
    assert!(both.book("2026-04-01").is_new);
}
