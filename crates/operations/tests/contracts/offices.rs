//! A payer's and a provider's office with a relationship, and what people do in them.

use counterfoil_base::{Cents, Date};
use counterfoil_contract::{Contract, ContractFiles};
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    Booked, Booking, Comparison, PartnerContract, PartnerSettlement, SettlementRequest, Signing,
    SuppliedFile, TakenText, book_settlement, compare_settlement, contract_of, keep_contract,
    prepare_settlement, settlement_of, sign_contract, state_settlement, take_texts,
};
use counterfoil_operations::halves::{
    Relation, Signer, Terms, accept, append_due, entries, open_relationship,
};
use counterfoil_samples::Database;
use counterfoil_settle::{Basis, Provisional, Settlement};
use counterfoil_store::{DocumentState, Place, Server, Side, Store, StoreError, Transaction};
use counterfoil_twin::{Author, PrivateKey, SettlementStatus, VersionStanding, to_hex};

pub const NPI: &str = "1234567893";
pub const PLAN: &str = "FOX01";
pub const SUBJECT: &str = "settlement/shared_bonus/2025";

/// The text of a contract: a share of what a provider has saved, half of it when quality is low.
pub fn contract(share: &str) -> ContractFiles {
    let text = "\
# Shared bonus

```terms
contract shared_bonus
fact provider: code
fact saved: money
fact has_quality: flag
parameter share: rate
```

## 1. Share

The provider has its share of what was saved, half of it without quality.

```terms
term bonus: money, rounded half_up to $0.01
  rule full when has_quality: saved * share
  rule half when not has_quality: saved * share * 50%
column \"Provider\" = provider
column \"Bonus\" = bonus
```
";
    let facts = "\
title = \"A file of providers\"
source = \"The columns are the parties' own\"

[fact.provider]
columns = [\"Provider\"]

[fact.saved]
columns = [\"Saved\"]
[[fact.saved.spelling]]
places = \"exact\"

[fact.has_quality]
columns = [\"Quality\"]
";
    let parameters = format!(
        "title = \"Year 2025\"\n\n[share]\ncitation = \"Choice of the parties\"\nvalue = \
         \"{share}\"\n"
    );
    let case = "\
title = \"Nothing saved is nothing paid\"
year = 2025

[facts]
provider = \"H\"
saved = \"$0.00\"
has_quality = \"yes\"

[expect]
bonus = \"$0.00\"
";
    [
        ("contract.md", text.to_owned()),
        ("facts.toml", facts.to_owned()),
        ("params/2025.toml", parameters),
        ("cases/good/nothing.toml", case.to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect()
}

pub fn digest(files: &ContractFiles) -> String {
    let (contract, problems) = Contract::load(files);
    assert!(problems.is_empty(), "{problems:?}");
    contract.digest().to_owned()
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// One office.
pub struct Office {
    pub store: Store,
    pub relation: Relation,
    key: PrivateKey,
    secrets: u64,
}

/// Both, and the time.
pub struct Offices {
    pub payer: Office,
    pub provider: Office,
    now_ms: i64,
}

fn open(database: &Database, file: u8) -> Store {
    let Database::Postgres { url, schema } = database else {
        return Store::open_in_memory().expect("a database opens");
    };
    let schema = format!("{schema}_{file}");
    let server = Server::new(url, false).and_then(|server| server.in_schema(&schema));
    let place = Place::Server(server.expect("the address of the test's server is read"));
    Store::open_at(&place).expect("a schema opens")
}

impl Offices {
    pub fn new(database: &Database) -> Offices {
        let keys = [[1; 32], [2; 32]].map(|seed| PrivateKey::from_seed(&seed));
        let [payer_key, provider_key] = keys.each_ref().map(PrivateKey::public_key);
        let office = |role, partner: &str, own: &str, identifier: &str, seed| {
            let mut store = open(database, seed);
            let side = if role == Author::Payer { Side::Payer } else { Side::Provider };
            store.belongs_to(side).expect("it is nobody's yet");
            let terms = Terms {
                role,
                partner: partner.to_owned(),
                own_name: own.to_owned(),
                payer_key,
                provider_key,
                nonce: [9; 32],
                identifiers: vec![identifier.to_owned()],
            };
            let relation = store.transaction("open", |tx| open_relationship(tx, &terms));
            let relation = relation.expect("a relationship is opened");
            let key = PrivateKey::from_seed(&[seed; 32]);
            Office { store, relation, key, secrets: u64::from(seed) << 32 }
        };
        Offices {
            payer: office(Author::Payer, "Clinic", "Plan", NPI, 1),
            provider: office(Author::Provider, "Plan", "Clinic", PLAN, 2),
            now_ms: 1_750_000_000_000,
        }
    }

    /// Both sign by their keys what has to be said and hand it over with the documents.
    pub fn exchange(&mut self) {
        self.now_ms += 60_000;
        self.payer.sign_due(self.now_ms);
        self.provider.sign_due(self.now_ms + 1);
        carry(&mut self.payer, &mut self.provider);
        carry(&mut self.provider, &mut self.payer);
        let taken = [
            deliver(&mut self.payer, &mut self.provider),
            deliver(&mut self.provider, &mut self.payer),
        ];
        for one in taken.into_iter().flatten() {
            assert!(matches!(one, TakenText::Taken(..)), "{one:?}");
        }
    }

    /// What both see of the contract; it must be the same.
    pub fn contract(&mut self) -> PartnerContract {
        let [ours, theirs] = [&mut self.payer, &mut self.provider].map(|one| {
            one.read(|tx, with| Ok(contract_of(tx, with, "shared_bonus")?.expect("a contract")))
        });
        assert_eq!(ours.state, theirs.state, "both fold the same state");
        ours
    }

    /// What both see of the settlement; what was stated must be the same.
    pub fn settlement(&mut self) -> [PartnerSettlement; 2] {
        let both = [&mut self.payer, &mut self.provider].map(|one| one.settlement());
        assert_eq!(both[0].state, both[1].state, "both fold the same state");
        both
    }

    /// Both sign a text for a day, the payer first.
    pub fn agree(&mut self, files: &ContractFiles, from: &str, replaces: Option<&str>) {
        let digest = digest(files);
        let proposed = self.payer.sign(files, from, replaces).expect("the payer proposes");
        assert_eq!(proposed, VersionStanding::Proposed);
        self.exchange();
        let signed = self.provider.countersign(&digest, from, replaces).expect("countersigned");
        assert!(matches!(signed, VersionStanding::Signed { .. }), "{signed:?}");
        self.exchange();
    }

    /// Both settle on their facts and state what they come to.
    pub fn settle(&mut self, facts: [&str; 2], basis: Basis) -> [SettlementStatus; 2] {
        let stated =
            [&mut self.payer, &mut self.provider].into_iter().zip(facts).map(|(one, facts)| {
                one.prepare(facts, basis).expect("it is settled");
                one.state().expect("it is stated")
            });
        let stated: Vec<_> = stated.collect();
        self.exchange();
        stated.try_into().expect("two")
    }

    /// Both book what stands; they have to come to the same.
    pub fn book(&mut self, on: &str) -> Booked {
        let both = [&mut self.payer, &mut self.provider].map(|one| one.book(on, None));
        let [payer, provider] = both.map(|booked| booked.expect("it is booked"));
        assert_eq!(payer, provider, "both book the same");
        payer
    }
}

fn carry(from: &mut Office, to: &mut Office) {
    let author = from.relation.author;
    loop {
        let size = to.read(|tx, with| Ok(with.chain(tx, author)?.size()));
        let some = from.read(|tx, with| entries(tx, with, (author, size, 1 << 16)));
        if some.is_empty() {
            return;
        }
        accept(&mut to.store, &to.relation, &some).expect("events are taken in");
    }
}

/// What the exchange does with documents.
pub fn deliver(from: &mut Office, to: &mut Office) -> Vec<TakenText> {
    let named = to.read(|tx, with| Ok(tx.twin_documents(with.id, DocumentState::Named)?));
    let mut bytes = std::collections::BTreeMap::new();
    for one in named {
        let read = from.read(|tx, _| outgoing(tx, &one.digest).map_err(OperationsError::from));
        bytes.insert(one.digest.clone(), read);
        to.write(|tx, with| {
            Ok(tx.set_twin_document(with.id, &one.digest, (DocumentState::Held, &one.digest))?)
        });
    }
    let taken = take_texts(&mut to.store, &to.relation, &mut |one| Ok(bytes[&one.digest].clone()));
    taken.expect("texts are taken in")
}

fn outgoing(tx: &Transaction<'_>, digest: &str) -> Result<Vec<u8>, StoreError> {
    let file = tx.outbox_with_digest(digest)?.expect("the file is in the outbox");
    let (mut bytes, mut part) = (Vec::new(), 0);
    while let Some(piece) = tx.outbox_part(&file.file_name, part)? {
        bytes.extend(piece);
        part += 1;
    }
    Ok(bytes)
}

impl Office {
    pub fn read<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Relation) -> Result<T, OperationsError>,
    ) -> T {
        let relation = &self.relation;
        self.store.transaction("read", |tx| work(tx, relation)).expect("it is read")
    }

    fn write(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Relation) -> Result<(), OperationsError>,
    ) {
        self.read(work);
    }

    /// Work that may be refused; the words of the refusal.
    pub fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Relation) -> Result<T, OperationsError>,
    ) -> Result<T, String> {
        let relation = &self.relation;
        match self.store.transaction("attempt", |tx| work(tx, relation)) {
            Ok(done) => Ok(done),
            Err(OperationsError::Refused(why)) => Err(why),
            Err(other) => panic!("{other}"),
        }
    }

    pub fn sign_due(&mut self, now_ms: i64) {
        let mut secret = || {
            self.secrets += 1;
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&self.secrets.to_be_bytes());
            bytes
        };
        let mut signer = Signer { key: &self.key, now_ms, secret: &mut secret };
        append_due(&mut self.store, &self.relation, &mut signer).expect("what is due is signed");
    }

    /// A person here signs a text that lies in a folder here.
    pub fn sign(
        &mut self,
        files: &ContractFiles,
        from: &str,
        replaces: Option<&str>,
    ) -> Result<VersionStanding, String> {
        self.attempt(|tx, _| keep_contract(tx, files))?;
        self.countersign(&digest(files), from, replaces)
    }

    /// A person here signs a text that has come.
    pub fn countersign(
        &mut self,
        digest: &str,
        from: &str,
        replaces: Option<&str>,
    ) -> Result<VersionStanding, String> {
        let signed_by = if self.relation.author == Author::Payer { "Ana Ruiz" } else { "Ben Cho" };
        let signing = Signing { digest, effective_on: day(from), replaces, signed_by };
        self.attempt(|tx, with| sign_contract(tx, with, &signing))
    }

    pub fn prepare(&mut self, facts: &str, basis: Basis) -> Result<Settlement, String> {
        self.prepare_with(facts, basis, &[])
    }

    pub fn prepare_with(
        &mut self,
        facts: &str,
        basis: Basis,
        milestones: &[Provisional],
    ) -> Result<Settlement, String> {
        let request = SettlementRequest {
            contract_id: "shared_bonus",
            year: 2025,
            on: None,
            facts: SuppliedFile { name: "facts.csv", bytes: facts.as_bytes() },
            rows: Vec::new(),
            term: None,
            basis,
            milestones: milestones.to_vec(),
        };
        self.attempt(|tx, with| prepare_settlement(tx, with, &request))
    }

    pub fn state(&mut self) -> Result<SettlementStatus, String> {
        self.attempt(|tx, with| state_settlement(tx, with, (SUBJECT, "Cy Dahl")))
    }

    pub fn settlement(&mut self) -> PartnerSettlement {
        self.read(|tx, with| Ok(settlement_of(tx, with, SUBJECT)?.expect("a settlement")))
    }

    pub fn comparison(&mut self) -> Comparison {
        let known = self.settlement();
        self.read(|tx, _| compare_settlement(tx, &known))
    }

    pub fn book(&mut self, on: &str, despite: Option<(&str, &str)>) -> Result<Booked, String> {
        let booking = Booking { on: day(on), despite };
        self.attempt(|tx, with| book_settlement(tx, with, (SUBJECT, &booking)))
    }

    /// Sums of accounts of settlements and cash, by account.
    pub fn balances(&mut self) -> Vec<(String, i64)> {
        let all = self.read(|tx, _| Ok(tx.trial_balance()?));
        let total: i64 = all.iter().map(|one| one.debit_cents.0 - one.credit_cents.0).sum();
        assert_eq!(total, 0, "the books balance");
        let balance = |one: counterfoil_store::AccountBalance| {
            (one.account, (one.debit_cents - one.credit_cents).0)
        };
        all.into_iter().map(balance).filter(|(_, cents)| *cents != 0).collect()
    }
}

pub fn version_of(known: &PartnerContract, digest: &str) -> VersionStanding {
    let found = known.state.versions.iter().find(|one| to_hex(&one.digest) == digest);
    found.expect("a version").standing
}

pub const fn cents(amount: i64) -> Cents {
    Cents(amount)
}
