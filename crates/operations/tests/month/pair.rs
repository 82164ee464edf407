//! A payer and its providers who tell each other everything: their halves, carried by hand.

use super::payer::Payer;
use super::plan::{ClaimFile, Plan};
use counterfoil_base::Date;
use counterfoil_claim::read_file;
use counterfoil_corpus::PAYER_ID;
use counterfoil_operations::halves::{
    AcceptedEvents, Relation, Signer, Terms, accept, append_due, entries, open_relationship,
};
use counterfoil_operations::provider::{
    AnswerFile, Dispatch, dispatch_file, held_claims, post_advice, take_answers,
};
use counterfoil_store::{DocumentState, Side, Store, StoreError};
use counterfoil_twin::{Author, PrivateKey};
use counterfoil_x12::ReadOptions;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of events that one exchange takes at a time.
const EXCHANGE_BYTES: usize = 1 << 16;

/// One side of a relationship.
pub struct Party {
    pub key: PrivateKey,
    pub relation: Relation,
    pub secrets: u64,
}

impl Party {
    /// Signs what is due and gives the number of new events.
    pub fn say(&mut self, store: &mut Store, now_ms: i64) -> u64 {
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
pub struct Pair {
    pub store: Store,
    pub payer: Party,
    pub provider: Party,
    posted: BTreeSet<String>,
}

pub fn pair(payer_store: &mut Store, mut store: Store, npi: &str, number: u8) -> Pair {
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
pub fn carry(from: (&mut Store, &Relation), to: (&mut Store, &Relation)) -> AcceptedEvents {
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

/// The bytes of a file of an outbox.
fn outgoing(store: &mut Store, digest: &str) -> Vec<u8> {
    let read = store.transaction("outgoing", |tx| -> Result<_, StoreError> {
        let file = tx.outbox_with_digest(digest)?.expect("the file is in the outbox");
        let mut bytes = Vec::new();
        while let Some(part) = tx.outbox_part(&file.file_name, bytes.len() as u64)? {
            bytes.push(part);
        }
        Ok(bytes.concat())
    });
    read.expect("an outgoing file is read")
}

impl Pair {
    /// Both sign what is due and hand it over.
    pub fn exchange(&mut self, payer_store: &mut Store, now_ms: i64) {
        self.provider.say(&mut self.store, now_ms);
        carry((&mut self.store, &self.provider.relation), (payer_store, &self.payer.relation));
        self.payer.say(payer_store, now_ms + 1);
        carry((payer_store, &self.payer.relation), (&mut self.store, &self.provider.relation));
        assert_eq!(self.payer.say(payer_store, now_ms + 2), 0, "everything is said once");
    }

    /// Sends what nothing holds back of a file; gives the file that went out.
    pub fn submit(&mut self, plan: &Plan, file: &ClaimFile) -> Option<ClaimFile> {
        let nothing = BTreeMap::new();
        let dispatch = Dispatch {
            name: &file.info.name,
            bytes: &file.bytes,
            engine: plan.engine.clone(),
            rules_awaited: &nothing,
            on: file.sent_on(),
            expected_cents: &|_| None,
        };
        let done = dispatch_file(&mut self.store, &dispatch).expect("a file is dispatched");
        assert_eq!(done.claims, u64::from(file.info.claims));
        assert_eq!((done.sent() + done.held, done.told()), (done.claims, done.sent()));
        let again = dispatch_file(&mut self.store, &dispatch).expect("a file comes again");
        assert!(again.was_dispatched && again.submitted.is_empty());
        let sent = done.submitted.first()?;
        let bytes = outgoing(&mut self.store, &sent.digest);
        Some(ClaimFile { info: file.info.clone(), bytes, truths: Vec::new() })
    }

    /// Reads what the payer answered before it decided; gives how many claims came back.
    pub fn read_answers(&mut self, payer_store: &mut Store, on: Date) -> u64 {
        let relation = self.provider.relation.clone();
        let named = self
            .store
            .transaction("answers", |tx| tx.twin_documents(relation.id, DocumentState::Named));
        let mut returned = 0;
        for row in named.expect("documents are listed") {
            if !["TA1", "999", "277CA"].contains(&row.kind.as_str()) {
                continue;
            }
            let bytes = outgoing(payer_store, &row.digest);
            let (kind, name) = (row.kind.as_str(), row.name.as_str());
            let file = AnswerFile { relation: &relation, kind, name, bytes: &bytes, on };
            let read = take_answers(&mut self.store, &file).expect("an answer is read");
            assert_eq!((read.was_read, read.unknown), (false, 0), "{name}");
            returned += read.returned;
        }
        returned
    }

    /// The control numbers of the claims that wait for a person.
    pub fn held(&mut self) -> BTreeSet<String> {
        let held = self.store.transaction("held", held_claims);
        let held = held.expect("held claims are read").into_iter();
        held.map(|one| one.patient_control_number).collect()
    }

    pub fn post(&mut self, payer: &Payer<'_>, on: Date) {
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

/// The month between a payer and every provider of the plan; `open` gives a provider's database.
/// With the pairs comes the time after it, in milliseconds.
pub fn played<'p>(
    mut payer: Payer<'p>,
    mut open: impl FnMut(&str) -> Store,
) -> (Payer<'p>, BTreeMap<String, Pair>, i64) {
    let plan = payer.plan;
    payer.store.belongs_to(Side::Payer).expect("it is nobody's yet");
    let npis: BTreeSet<&str> = plan.truths().map(|truth| truth.provider_npi.as_str()).collect();
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for (number, npi) in (1..).zip(npis) {
        pairs.insert(npi.to_owned(), pair(&mut payer.store, open(npi), npi, number));
    }
    let mut now_ms = 1_750_000_000_000;
    for file in &plan.files {
        let npi = file.info.provider_npi.clone().expect("providers send their own files");
        let pair = pairs.get_mut(&npi).expect("every provider has a pair");
        if let Some(sent) = pair.submit(plan, file) {
            pair.exchange(&mut payer.store, now_ms);
            payer.take(&sent, &sent.info.name);
        }
        payer.pay(file.sent_on());
        now_ms += 3_600_000;
        pair.exchange(&mut payer.store, now_ms);
        pair.read_answers(&mut payer.store, file.sent_on());
        pair.post(&payer, file.sent_on());
        pair.exchange(&mut payer.store, now_ms + 60_000);
        now_ms += 3_600_000;
    }
    (payer, pairs, now_ms)
}
