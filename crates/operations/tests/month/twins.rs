//! A month in which payer and providers tell each other everything: two halves that match.

use super::books::digest_of_sound_books;
use super::database::database;
use super::pair::{Pair, Party, played};
use super::payer::Payer;
use super::plan::{Plan, payer_number};
use counterfoil_corpus::{Senders, Truth, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    DisputeStep, ProofRequest, Relation, claim_stories, dispute, export_half, import_half,
    load_twin, prove, relation_with, scorecard,
};
use counterfoil_store::Store;
use counterfoil_twin::{Match, Value, first_refusal, verify_halves, verify_proof};
use std::collections::BTreeMap;

/// Every claim stands in both records as it is in truth.
fn assert_claims_are_true(store: &mut Store, relation: &Relation, truths: &[&Truth]) {
    let rows = store.transaction("claims", |tx| tx.twin_claims(relation.id));
    let rows = rows.expect("claims are read");
    let by_number: BTreeMap<&str, _> =
        rows.iter().map(|row| (row.claim_control_number.as_str(), row)).collect();
    let mut wrong = Vec::new();
    for truth in truths {
        let number = payer_number(truth);
        let Some(row) = by_number.get(number.as_str()) else {
            wrong.push(format!("{} is missing", truth.control_number));
            continue;
        };
        if row.standing != truth.state.word() || row.out_of_turn > 0 {
            let (should, turns) = (truth.state.word(), row.out_of_turn);
            wrong.push(format!("{row:?} should be {should}, {turns} out of turn"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {:?}", wrong.len(), truths.len(), wrong.first());
}

#[test]
fn a_month_gives_two_halves_that_match_and_are_true() {
    let plan = Plan::new(WorldConfig::default(), Senders::Providers);
    let (mut payer, mut pairs, now_ms) = played(Payer::new(&plan), |_| database());
    let (mut events, mut claims, mut alarms) = (0, 0, 0);
    for (npi, pair) in &mut pairs {
        let held = pair.held();
        let is_sent = |truth: &&Truth| !held.contains(&truth.control_number);
        let of_provider = plan.truths().filter(|truth| truth.provider_npi == *npi);
        let (truths, stays): (Vec<&Truth>, Vec<&Truth>) = of_provider.partition(is_sent);
        alarms += stays.iter().filter(|truth| truth.planted.is_none()).count();
        assert_claims_are_true(&mut pair.store, &pair.provider.relation, &truths);
        assert_claims_are_true(&mut payer.store, &pair.payer.relation, &truths);
        let load = |store: &mut Store, relation: &Relation| {
            store.transaction("load", |tx| load_twin(tx, relation)).expect("a sound record")
        };
        let mut left = load(&mut payer.store, &pair.payer.relation);
        let mut right = load(&mut pair.store, &pair.provider.relation);
        let (mine, theirs) = (left.standpoint(), right.standpoint());
        let id = pair.payer.relation.relationship.id;
        assert!(matches!(mine.compare(&theirs, &id), Match::Equal { .. }), "{mine:?} {theirs:?}");
        for (subject, state) in left.claims() {
            let kept = pair
                .store
                .transaction("claim", |tx| tx.twin_claim(pair.provider.relation.id, subject));
            let kept = kept.expect("a claim is read").expect("every claim is kept");
            assert_eq!(kept.state_hash, state.map(|state| state.hash(subject)));
            assert_eq!(kept.paid_cents, kept.posted_cents, "all that is paid is posted: {kept:?}");
        }
        let card = |store: &mut Store, relation: &Relation| {
            store.transaction("scorecard", |tx| scorecard(tx, relation)).expect("a scorecard")
        };
        let own = card(&mut payer.store, &pair.payer.relation);
        assert_eq!(own, card(&mut pair.store, &pair.provider.relation));
        assert_eq!(own.submitted, truths.len() as u64);
        assert!(own.decided.claims > 0 && own.paid.claims > 0 && own.posted.claims > 0);
        claims += truths.len();
        events += mine.payer.size + mine.provider.size;
        pair.store.transaction("books", digest_of_sound_books).expect("sound books");
        assert_files_hold(&mut payer.store, pair, now_ms);
    }
    payer.read(digest_of_sound_books);
    assert!(alarms * 100 <= claims, "{alarms} clean claims are held for nothing");
    super::sending::report(&format!("{claims} claims, {events} events, both halves equal"));
}

/// Exported halves verify, a newcomer can import them, and a proof shows what it should.
fn assert_files_hold(payer_store: &mut Store, pair: &mut Pair, now_ms: i64) {
    let export = |store: &mut Store, side: &Party| {
        let mut file = Vec::new();
        export_half(store, &side.relation, (&side.key, now_ms), &mut |piece| {
            file.extend_from_slice(piece);
            Ok(())
        })
        .expect("a half is written");
        file
    };
    let files = [export(payer_store, &pair.payer), export(&mut pair.store, &pair.provider)];
    let report = verify_halves([&files[0], &files[1]], [&[], &[]], &first_refusal);
    assert!(report.holds(), "{:?}", report.findings().next());
    let again = import_half(&mut pair.store, &pair.provider.relation, &files[0]);
    let again = again.expect("a half is imported");
    assert_eq!((again.new, again.held), (0, again.size));
    let mut damaged = files[0].clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let refused = import_half(&mut pair.store, &pair.provider.relation, &damaged);
    assert!(matches!(refused, Err(OperationsError::Twin(_))), "{refused:?}");
    assert_a_claim_is_told_proved_and_disputed(payer_store, pair, now_ms);
}

fn assert_a_claim_is_told_proved_and_disputed(
    payer_store: &mut Store,
    pair: &mut Pair,
    now_ms: i64,
) {
    let rows = payer_store.transaction("claims", |tx| tx.twin_claims(pair.payer.relation.id));
    let rows = rows.expect("claims are read");
    let paid = rows.iter().find(|row| row.standing == "paid").expect("some claim is paid");
    let number = &paid.claim_control_number;
    let stories = payer_store.transaction("story", |tx| claim_stories(tx, number));
    let stories = stories.expect("a claim is told");
    let kinds: Vec<&str> = stories[0].events.iter().map(|one| one.kind.as_str()).collect();
    let expected =
        ["claim.submitted", "claim.received", "claim.decided", "claim.paid", "remittance.posted"];
    assert_eq!(kinds, expected);
    let request = ProofRequest { subject: &paid.subject, kind: None, fields: &["allowed_cents"] };
    let proof = payer_store.transaction("prove", |tx| {
        prove(tx, &pair.payer.relation, &request, (&pair.payer.key, now_ms))
    });
    let proved = verify_proof(&proof.expect("a proof is written")).expect("the proof holds");
    assert_eq!(proved.event.kind, "claim.decided");
    assert_eq!(proved.fields.len(), 1);
    assert!(proved.fields[0].value == Value::Integer(paid.allowed_cents));

    let step = |store: &mut Store, relation: &Relation, step| {
        let said = (step, "the fee table of July applies");
        store.transaction("dispute", |tx| dispute(tx, relation, &paid.subject, said))
    };
    let (payers, providers) = (pair.payer.relation.clone(), pair.provider.relation.clone());
    assert!(step(payer_store, &payers, DisputeStep::Open).is_err(), "the provider's to say");
    assert!(step(payer_store, &payers, DisputeStep::Uphold).is_err(), "nothing is open");
    step(&mut pair.store, &providers, DisputeStep::Open).expect("a paid claim is disputed");
    assert!(step(&mut pair.store, &providers, DisputeStep::Open).is_err(), "once");
    pair.exchange(payer_store, now_ms + 1_000);
    step(payer_store, &payers, DisputeStep::Overturn).expect("an open dispute is answered");
    pair.exchange(payer_store, now_ms + 2_000);
    for (store, relation) in [(payer_store, &payers), (&mut pair.store, &providers)] {
        let card = store.transaction("scorecard", |tx| scorecard(tx, relation));
        let card = card.expect("a scorecard");
        assert_eq!((card.disputes_answered, card.overturned), (1, 1));
        let found = store.transaction("find", |tx| relation_with(tx, &relation.partner));
        assert_eq!(found.expect("the partner is known"), *relation);
    }
}
