//! An organization with its database, its documents and its exchanges.

use super::files::{PAYER_ID, PROVIDERS, Rules, day, rules};
use counterfoil_claim::read_file;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    Exchange, Relation, Signer, Surroundings, Terms, Told, append_due, digest_of_hex,
    open_relationship,
};
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, PackSource, PayerDesk, PaymentFiles, PaymentRequest, adjudicate_file, run_payments,
};
use counterfoil_operations::provider::{
    AnswerFile, Dispatch, dispatch_file, match_bank, post_advice, record_bank_file, take_answers,
};
use counterfoil_remit::BankEntry;
use counterfoil_store::{DocumentState, Side, Store, StoreError, Transaction, TwinDocumentRow};
use counterfoil_twin::sync::{Channel, Input, RunningDigest};
use counterfoil_twin::{Author, Hash, PrivateKey, sha256, to_hex};
use counterfoil_x12::ReadOptions;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// What of a node lies around its exchanges.
pub struct Around {
    /// The database.
    pub store: Store,
    /// Documents that are being fetched.
    parts: BTreeMap<Hash, Vec<u8>>,
    /// Documents that were fetched whole.
    whole: BTreeMap<Hash, Vec<u8>>,
    /// Messages that leave: link and bytes; without bytes the connection is closed.
    pub leaving: Vec<(usize, Option<Vec<u8>>)>,
    /// The link whose exchange is at work.
    link: usize,
    /// Its clock.
    pub now_ms: i64,
    /// What cannot happen and did.
    pub broken: Option<String>,
}

/// An organization.
pub struct Party {
    /// Its name in traces.
    pub name: &'static str,
    /// What lies around its exchanges.
    pub around: Around,
    /// Its relationships; nothing while the program is down.
    pub exchanges: Vec<Exchange>,
    /// Its relationships as the database knows them.
    pub relations: Vec<Relation>,
    /// The folder of files that leave by other ways than the record.
    pub drawer: Drawer,
    /// It does nothing before this step.
    pub down_until: u64,
    key: Arc<PrivateKey>,
    secrets: u64,
}

/// A folder of files.
#[derive(Default)]
pub struct Drawer(pub BTreeMap<String, Vec<u8>>);

impl PaymentFiles for Drawer {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let mut bytes = Vec::new();
        let failed = |source| OperationsError::Io { doing: "writing".to_owned(), source };
        content.read_to_end(&mut bytes).map_err(failed)?;
        self.0.insert(name.to_owned(), bytes);
        Ok(())
    }
}

impl Surroundings for Around {
    fn with_store<T>(
        &mut self,
        _during: &'static str,
        work: impl FnOnce(&mut Store) -> Result<T, OperationsError>,
    ) -> Result<T, OperationsError> {
        work(&mut self.store)
    }

    fn now_ms(&mut self) -> i64 {
        self.now_ms
    }

    fn send(&mut self, _channel: Channel, bytes: Vec<u8>) {
        // A program that has died sends nothing.
        if !self.store.is_gone() {
            self.leaving.push((self.link, Some(bytes)));
        }
    }

    fn held(&mut self, digest: &Hash) -> io::Result<RunningDigest> {
        let mut running = RunningDigest::new();
        running.update(self.parts.get(digest).map_or(&[], Vec::as_slice));
        Ok(running)
    }

    fn read_document(&mut self, digest: &Hash, from: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let read = |tx: &Transaction<'_>| outgoing(tx, digest);
        let bytes = self.store.transaction("read a document", read).map_err(io::Error::other)?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rest = bytes.get(from..).unwrap_or_default();
        Ok(rest[..rest.len().min(bytes_max)].to_vec())
    }

    fn store_part(&mut self, digest: &Hash, offset: u64, bytes: &[u8]) -> io::Result<u64> {
        if self.store.is_gone() {
            return Err(io::Error::other("the program has died"));
        }
        let part = self.parts.entry(*digest).or_default();
        part.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
        part.extend_from_slice(bytes);
        Ok(part.len() as u64)
    }

    fn complete(&mut self, digest: &Hash) -> io::Result<String> {
        if self.store.is_gone() {
            return Err(io::Error::other("the program has died"));
        }
        let bytes = self.parts.remove(digest).unwrap_or_default();
        self.whole.insert(*digest, bytes);
        Ok(to_hex(digest))
    }

    fn forget(&mut self, digest: &Hash) -> io::Result<()> {
        self.parts.remove(digest);
        Ok(())
    }

    fn told(&mut self, told: Told<'_>) {
        match told {
            Told::Ended(stop, said_by, role) => {
                self.leaving.push((self.link, None));
                let is_honest = matches!(stop, counterfoil_twin::sync::Stop::Clock { .. });
                if stop.needs_operator() && !is_honest {
                    self.broken.get_or_insert(stop.message(role, said_by));
                }
            }
            Told::Misused(misuse) => {
                self.broken.get_or_insert(format!("the exchange is misused: {misuse}"));
            }
            _ => {}
        }
    }
}

/// The bytes of a file of the outbox.
fn outgoing(tx: &Transaction<'_>, digest: &Hash) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    if let Some(file) = tx.outbox_with_digest(&to_hex(digest))? {
        let mut part = 0;
        while let Some(piece) = tx.outbox_part(&file.file_name, part)? {
            bytes.extend(piece);
            part += 1;
        }
    }
    Ok(bytes)
}

/// A relationship of the payer with a provider: seeds of both keys and the nonce.
pub type Pairing = ([u8; 32], [u8; 32], [u8; 32]);

impl Party {
    /// An organization with an empty database and these relationships; the payer when it is no
    /// provider's.
    ///
    /// # Errors
    /// Those of the database.
    pub fn new(provider: Option<usize>, pairings: &[Pairing]) -> Result<Party, OperationsError> {
        let mut store = Store::open_in_memory()?;
        let (side, role, name) = match provider {
            None => (Side::Payer, Author::Payer, "payer"),
            Some(0) => (Side::Provider, Author::Provider, "practice"),
            Some(_) => (Side::Provider, Author::Provider, "clinic"),
        };
        store.belongs_to(side)?;
        let mut relations = Vec::new();
        for (at, (payer, of_provider, nonce)) in pairings.iter().enumerate() {
            let public = |seed| PrivateKey::from_seed(seed).public_key();
            let partner = match role {
                Author::Payer => PROVIDERS[at].0,
                Author::Provider => PAYER_ID,
            };
            let terms = Terms {
                role,
                partner: partner.to_owned(),
                own_name: name.to_owned(),
                payer_key: public(payer),
                provider_key: public(of_provider),
                nonce: *nonce,
                identifiers: vec![partner.to_owned()],
            };
            relations.push(store.transaction("open", |tx| open_relationship(tx, &terms))?);
        }
        let seed = if provider.is_none() { pairings[0].0 } else { pairings[0].1 };
        let around = Around {
            store,
            parts: BTreeMap::new(),
            whole: BTreeMap::new(),
            leaving: Vec::new(),
            link: 0,
            now_ms: 0,
            broken: None,
        };
        let mut party = Party {
            name,
            around,
            exchanges: Vec::new(),
            relations,
            drawer: Drawer::default(),
            down_until: 0,
            key: Arc::new(PrivateKey::from_seed(&seed)),
            secrets: 0,
        };
        party.start()?;
        Ok(party)
    }

    fn start(&mut self) -> Result<(), OperationsError> {
        self.exchanges.clear();
        for (link, relation) in self.relations.iter().enumerate() {
            self.around.link = link;
            let loaded = Exchange::load(&mut self.around, relation.clone(), self.key.clone())?;
            self.exchanges.push(loaded);
        }
        Ok(())
    }

    /// The program dies and starts again: what the database and the folders hold is left.
    pub fn crash(&mut self) {
        self.around.store.go_away_after(None);
        for link in 0..self.relations.len() {
            self.around.leaving.push((link, None));
        }
        if let Err(cause) = self.start() {
            self.around.broken.get_or_insert(format!("it does not start: {cause}"));
        }
    }

    /// Gives something to an exchange.
    pub fn give(&mut self, link: usize, input: Input) {
        self.around.link = link;
        self.exchanges[link].handle(&mut self.around, input);
    }

    /// Signs what has to be said, and hands it to the exchanges.
    ///
    /// # Errors
    /// Those of the database.
    pub fn sign(&mut self) -> Result<(), OperationsError> {
        for link in 0..self.relations.len() {
            let name = self.name.as_bytes();
            let mut secret = || {
                self.secrets += 1;
                sha256(&[name, &self.secrets.to_be_bytes()])
            };
            let now_ms = self.around.now_ms;
            let mut signer = Signer { key: &self.key, now_ms, secret: &mut secret };
            append_due(&mut self.around.store, &self.relations[link], &mut signer)?;
            self.around.link = link;
            self.exchanges[link].take_own(&mut self.around);
        }
        Ok(())
    }

    /// The documents of partners on which no work was done.
    ///
    /// # Errors
    /// Those of the database.
    pub fn held(&mut self) -> Result<Vec<TwinDocumentRow>, OperationsError> {
        let relations = &self.relations;
        self.around.store.transaction("list documents", |tx| {
            let mut held = Vec::new();
            for relation in relations {
                held.extend(tx.twin_documents(relation.id, DocumentState::Held)?);
            }
            Ok(held)
        })
    }

    /// Works on a document of a partner.
    ///
    /// # Errors
    /// Those of the work.
    pub fn take(&mut self, row: &TwinDocumentRow) -> Result<(), OperationsError> {
        let whole = digest_of_hex(&row.digest).and_then(|digest| self.around.whole.get(&digest));
        let Some(bytes) = whole.cloned() else {
            self.around.broken.get_or_insert(format!("document {} is not there", row.digest));
            return Ok(());
        };
        match row.kind.as_str() {
            "837" => self.adjudicate(&row.name, &bytes)?,
            "835" => self.post(&row.digest, &bytes)?,
            _ => self.read_answer(row, &bytes)?,
        }
        let taken = (DocumentState::Taken, row.place.as_str());
        self.around.store.transaction("take a document", |tx| {
            Ok(tx.set_twin_document(row.relationship_id, &row.digest, taken)?)
        })
    }

    /// A provider reads what the payer answers before it decides: every claim is accepted.
    fn read_answer(&mut self, row: &TwinDocumentRow, bytes: &[u8]) -> Result<(), OperationsError> {
        let relation = self.relations.iter().find(|one| one.id == row.relationship_id);
        let Some(relation) = relation else { return Ok(()) };
        let (kind, name) = (row.kind.as_str(), row.name.as_str());
        let file = AnswerFile { relation, kind, name, bytes, on: day() };
        let read = take_answers(&mut self.around.store, &file)?;
        if read.returned + read.unknown > 0 {
            self.around.broken.get_or_insert(format!("{name}: {read:?}"));
        }
        Ok(())
    }

    /// The payer takes a claim file in.
    ///
    /// # Errors
    /// Those of the work.
    pub fn adjudicate(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        let Rules { rates, members, engine, settings } = rules();
        let scan = scan_file(&mut &*bytes)
            .map_err(|source| OperationsError::Io { doing: "reading claims".to_owned(), source })?;
        let request = FileRequest {
            desk: PayerDesk { rates, members, engine, packs: PackSource::Desk, received_on: day() },
            settings,
            name,
            scan,
            rules_digest: "the rules of the world",
        };
        let (store, drawer) = (&mut self.around.store, &mut self.drawer);
        let run = adjudicate_file(store, request, bytes, drawer, &mut |_| {})?;
        let is_odd = |finding: &&counterfoil_base::Finding| finding.is_error();
        if let Some(finding) = run.findings.values().map(|(_, one)| one).find(is_odd) {
            self.around.broken.get_or_insert(format!("{name}: {}", finding.message));
        }
        Ok(())
    }

    /// The payer pays what is due.
    ///
    /// # Errors
    /// Those of the work.
    pub fn pay(&mut self) -> Result<(), OperationsError> {
        let Rules { rates, settings, .. } = rules();
        let request = PaymentRequest { settings, rates, on: day() };
        run_payments(&mut self.around.store, request, &mut self.drawer).map(drop)
    }

    /// A provider posts an 835.
    ///
    /// # Errors
    /// Those of the work.
    pub fn post(&mut self, digest: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        for read in read_file(bytes, ReadOptions::default()).remittances {
            let posted = self
                .around
                .store
                .transaction("post", |tx| post_advice(tx, &read.advice, digest, day()))?;
            let mut findings = posted.posting.findings.iter();
            if let Some(finding) = findings.find(|finding| finding.is_error()) {
                self.around.broken.get_or_insert(format!("an 835: {}", finding.message));
            }
        }
        Ok(())
    }

    /// A provider hands in a claim file.
    ///
    /// # Errors
    /// Those of the work.
    pub fn submit(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        let nothing = BTreeMap::new();
        let dispatch = Dispatch {
            name,
            bytes,
            engine: rules().engine.clone(),
            rules_awaited: &nothing,
            on: day(),
            expected_cents: &|_| None,
        };
        let done = dispatch_file(&mut self.around.store, &dispatch)?;
        if done.held > 0 {
            self.around.broken.get_or_insert(format!("{name}: {} claims are held", done.held));
        }
        Ok(())
    }

    /// A provider reads a statement of its bank.
    ///
    /// # Errors
    /// Those of the work.
    pub fn read_statement(&mut self, entries: &[BankEntry]) -> Result<(), OperationsError> {
        self.around.store.transaction("read the bank", |tx| {
            let recorded = record_bank_file(tx, entries, true)?;
            if recorded.findings.is_empty() { match_bank(tx).map(drop) } else { Ok(()) }
        })
    }
}
