//! A month in which payer and providers tell each other everything: two halves that match.

use super::books::digest_of_sound_books;
use super::payer::Payer;
use super::plan::{ClaimFile, Plan, payer_number};
use counterfoil_base::Date;
use counterfoil_claim::read_file;
use counterfoil_corpus::{PAYER_ID, Senders, Truth, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    AcceptedEvents, DisputeStep, ProofRequest, Relation, Signer, Terms, accept, append_due,
    claim_stories, dispute, entries, export_half, import_half, load_twin, open_relationship, prove,
    relation_with, scorecard,
};
use counterfoil_operations::provider::{Submission, post_advice, submit_file};
use counterfoil_store::{Side, Store};
use counterfoil_twin::{
    Author, Match, PrivateKey, Value, first_refusal, verify_halves, verify_proof,
};
use counterfoil_x12::ReadOptions;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of events that one exchange takes at a time.
const EXCHANGE_BYTES: usize = 1 << 16;

/// One side of a relationship.
struct Party {
    key: PrivateKey,
    relation: Relation,
    secrets: u64,
}

impl Party {
    /// Signs what is due and gives the number of new events.
    fn say(&mut self, store: &mut Store, now_ms: i64) -> u64 {
        let mut secret = || {
            self.secrets += 1;
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&self.secrets.to_be_bytes());
            bytes
        };
        let mut signer = Signer { key: &self.key, now_ms, secret: &mut secret };
        let done = append_due(store, &self.relation, &mut signer).expect("what is due is signed");
        done.size - done.first
    }
}

/// A provider with its books and both ends of its relationship with the payer.
struct Pair {
    store: Store,
    payer: Party,
    provider: Party,
    posted: BTreeSet<String>,
}

fn pair(payer_store: &mut Store, npi: &str, number: u8) -> Pair {
    let keys = [[number; 32], [number + 100; 32]].map(|seed| PrivateKey::from_seed(&seed));
    let [payer_key, provider_key] = keys.each_ref().map(PrivateKey::public_key);
    let terms = |role, partner: &str, identifier: &str| Terms {
        role,
        partner: partner.to_owned(),
        own_name: "own".to_owned(),
        payer_key,
        provider_key,
        nonce: [9; 32],
        identifiers: vec![identifier.to_owned()],
    };
    let open = |store: &mut Store, terms: &Terms| {
        let opened = store.transaction("open", |tx| open_relationship(tx, terms));
        opened.expect("a relationship is opened")
    };
    let mut store = Store::open_in_memory().expect("a database opens");
    store.belongs_to(Side::Provider).expect("it is nobody's yet");
    let payers = open(payer_store, &terms(Author::Payer, npi, npi));
    let providers = open(&mut store, &terms(Author::Provider, "plan", PAYER_ID));
    assert_eq!(payers.relationship, providers.relationship);
    let [payer_seed, provider_seed] = keys;
    Pair {
        store,
        payer: Party { key: payer_seed, relation: payers, secrets: 0 },
        provider: Party { key: provider_seed, relation: providers, secrets: 1 << 32 },
        posted: BTreeSet::new(),
    }
}

/// Takes over what the other node does not hold yet.
fn carry(from: (&mut Store, &Relation), to: (&mut Store, &Relation)) -> AcceptedEvents {
    let author = from.1.author;
    let mut all = AcceptedEvents::default();
    loop {
        let chain = to.0.transaction("size", |tx| to.1.chain(tx, author)).expect("a chain");
        let some = from
            .0
            .transaction("read", |tx| entries(tx, from.1, (author, chain.size(), EXCHANGE_BYTES)));
        let some = some.expect("events are read");
        if some.is_empty() {
            return all;
        }
        let accepted = accept(to.0, to.1, &some).expect("events are taken in");
        assert_eq!(accepted.new, some.len() as u64);
        let again = accept(to.0, to.1, &some).expect("a message may come twice");
        assert_eq!((again.new, again.held), (0, accepted.new));
        all.new += accepted.new;
    }
}

impl Pair {
    /// Both sign what is due and hand it over.
    fn exchange(&mut self, payer_store: &mut Store, now_ms: i64) {
        self.provider.say(&mut self.store, now_ms);
        carry((&mut self.store, &self.provider.relation), (payer_store, &self.payer.relation));
        self.payer.say(payer_store, now_ms + 1);
        carry((payer_store, &self.payer.relation), (&mut self.store, &self.provider.relation));
        assert_eq!(self.payer.say(payer_store, now_ms + 2), 0, "everything is said once");
    }

    fn submit(&mut self, plan: &Plan, file: &ClaimFile) {
        let submission = Submission {
            name: &file.info.name,
            bytes: &file.bytes,
            engine: plan.engine.clone(),
            on: file.sent_on(),
            expected_cents: &|_| None,
        };
        let done = submit_file(&mut self.store, &submission).expect("a file is submitted");
        assert_eq!(done.claims, u64::from(file.info.claims));
        assert_eq!(done.told, done.claims);
        let again = submit_file(&mut self.store, &submission).expect("a file comes again");
        assert!(again.was_submitted);
    }

    fn post(&mut self, payer: &Payer<'_>, on: Date) {
        for (name, bytes) in payer.files("835-") {
            if !self.posted.insert(name.clone()) {
                continue;
            }
            for read in read_file(&bytes, ReadOptions::default()).remittances {
                if read.advice.payee.id != self.payer.relation.partner.as_str() {
                    continue;
                }
                let posted =
                    self.store.transaction("post", |tx| post_advice(tx, &read.advice, &name, on));
                let findings = posted.expect("an 835 is posted").posting.findings;
                assert!(findings.iter().all(|one| !one.is_error()), "{findings:?}");
            }
        }
    }
}

fn played(plan: &Plan) -> (Payer<'_>, BTreeMap<String, Pair>, i64) {
    let mut payer = Payer::new(plan);
    payer.store.belongs_to(Side::Payer).expect("it is nobody's yet");
    let npis: BTreeSet<&str> = plan.truths().map(|truth| truth.provider_npi.as_str()).collect();
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for (number, npi) in (1..).zip(npis) {
        pairs.insert(npi.to_owned(), pair(&mut payer.store, npi, number));
    }
    let mut now_ms = 1_750_000_000_000;
    for file in &plan.files {
        let npi = file.info.provider_npi.clone().expect("providers send their own files");
        let pair = pairs.get_mut(&npi).expect("every provider has a pair");
        pair.submit(plan, file);
        pair.exchange(&mut payer.store, now_ms);
        payer.take(file, &file.info.name);
        payer.pay(file.sent_on());
        now_ms += 3_600_000;
        pair.exchange(&mut payer.store, now_ms);
        pair.post(&payer, file.sent_on());
        pair.exchange(&mut payer.store, now_ms + 60_000);
        now_ms += 3_600_000;
    }
    (payer, pairs, now_ms)
}

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
    let (mut payer, mut pairs, now_ms) = played(&plan);
    let (mut events, mut claims) = (0, 0);
    for (npi, pair) in &mut pairs {
        let truths: Vec<&Truth> =
            plan.truths().filter(|truth| truth.provider_npi == *npi).collect();
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
