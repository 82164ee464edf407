//! Rule packs in the record: published by the payer with the day from which they hold, installed by
//! the provider byte for byte, and found by both for the day of a check.
//!
//! A pack travels as a document. What makes it the payer's is its digest in `pack.published`, an
//! event that the payer has signed (docs/reference/twin.md, section 7).

use super::due::{Dues, digest_of_hex, read as statements_of};
use super::fold::Said;
use super::relation::{Relation, relations};
use crate::error::OperationsError;
use crate::intake::hex;
use crate::payer::record;
use counterfoil_base::{Date, Text};
use counterfoil_integrity::{CleanClaimEngine, RulePack};
use counterfoil_store::{DocumentState, Store, Transaction, TwinDocumentRow};
use counterfoil_twin::{Author, Body, Field, Hash, Statement, file_subject, to_hex};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kind of the document that a pack is.
pub const PACK: &str = "pack";

/// A pack as the payer has published it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPack {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256 of its bytes, hex.
    pub digest: String,
    /// First day on which it is the one that claims are checked with.
    pub valid_from: Date,
    /// Place of the event in the payer's half; the later of two for the same day counts.
    pub sequence: u64,
}

/// What became of a pack that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstalledPack {
    /// It is installed and will be used from its day on.
    Installed(PublishedPack),
    /// It is not used: name of the document and why.
    Refused(String, String),
}

/// Packs for the checks of one day.
#[derive(Clone, Debug, Default)]
pub struct PacksInForce {
    /// What is in force and at hand, by name.
    pub packs: Vec<(PublishedPack, RulePack)>,
    /// What is in force by the record and cannot be used here, with why; checks say so.
    pub missing: Vec<(PublishedPack, String)>,
    /// What is in force for claims to identifiers of the payer that are not known here: no claim
    /// is checked with it.
    pub of_others: Vec<PublishedPack>,
}

/// Publishes a pack to partners, to be used from a day on; gives the names of those to whom it is
/// new.
///
/// # Errors
/// [`OperationsError::Refused`] when this is no payer's record, the pack cannot be read, or every
/// partner has it for that day already.
pub fn publish_pack(
    tx: &Transaction<'_>,
    partners: &[Relation],
    (bytes, effective): (&[u8], Date),
) -> Result<(RulePack, Vec<String>), OperationsError> {
    let offer = Offer::make(tx, partners, bytes)?;
    let mut told = Vec::new();
    for partner in partners {
        if offer.tell(tx, partner, effective)? {
            told.push(partner.partner.clone());
        }
    }
    let Offer { pack, .. } = offer;
    if told.is_empty() {
        return Err(OperationsError::Refused(format!(
            "{} {} is published for {effective} to every partner already; nothing was changed",
            pack.name, pack.version
        )));
    }
    Ok((pack, told))
}

/// Publishes a pack to those partners to whom these bytes never were published, whatever for
/// which day; gives their names. A payer's node does so with the packs of its rules folder.
///
/// # Errors
/// [`OperationsError::Refused`] when this is no payer's record or the pack cannot be read.
pub fn publish_new_pack(
    tx: &Transaction<'_>,
    partners: &[Relation],
    (bytes, effective): (&[u8], Date),
) -> Result<(RulePack, Vec<String>), OperationsError> {
    let offer = Offer::make(tx, partners, bytes)?;
    let mut told = Vec::new();
    for partner in partners {
        if !offer.is_known(tx, partner)? && offer.tell(tx, partner, effective)? {
            told.push(partner.partner.clone());
        }
    }
    Ok((offer.pack, told))
}

/// A pack that goes out.
struct Offer {
    pack: RulePack,
    digest: Hash,
    /// The same, hex.
    known: String,
    length: i64,
    /// Name of the document.
    name: String,
}

impl Offer {
    /// Keeps the bytes, once.
    fn make(
        tx: &Transaction<'_>,
        partners: &[Relation],
        bytes: &[u8],
    ) -> Result<Offer, OperationsError> {
        let refused = |told: String| Err(OperationsError::Refused(told));
        if partners.iter().any(|one| one.author != Author::Payer) {
            return refused(
                "rule packs are the payer's to publish; nothing was changed".to_owned(),
            );
        }
        let pack = match parsed(bytes) {
            Ok(pack) => pack,
            Err(why) => return refused(format!("{why}; nothing was changed")),
        };
        let known = sha256_hex(bytes);
        let unreadable = OperationsError::Unreadable("the digest of a pack");
        let Some(digest) = digest_of_hex(&known) else { return Err(unreadable) };
        let source = format!("pack/{known}");
        let name = format!("pack-{}-{}.toml", pack.name, known.get(..12).unwrap_or(&known));
        if tx.outbox_of(&source)?.is_none() {
            record(tx, (name.clone(), PACK), &source, bytes)?;
            // It goes to partners alone and to no folder.
            tx.outbox_mark_written(&name)?;
        }
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(Offer { pack, digest, known, length, name })
    }

    /// Whether the partner was told of these bytes, for whichever day.
    fn is_known(&self, tx: &Transaction<'_>, partner: &Relation) -> Result<bool, OperationsError> {
        Ok(tx.is_due_or_said(&format!("{}/pack-file/{}", partner.id, self.known))?)
    }

    /// Tells a partner of the pack and its day; false when it was told before.
    fn tell(
        &self,
        tx: &Transaction<'_>,
        partner: &Relation,
        effective: Date,
    ) -> Result<bool, OperationsError> {
        let said = format!("pack/{}/{effective}", self.known);
        if tx.is_due_or_said(&format!("{}/{said}", partner.id))? {
            return Ok(false);
        }
        if !self.is_known(tx, partner)? {
            let fields = vec![
                Field::digest("digest", self.digest),
                Field::integer("length", self.length),
                Field::text("kind", PACK),
                Field::text("name", self.name.clone()),
            ];
            let sent = format!("pack-file/{}", self.known);
            say(tx, partner, (&sent, "file.sent"), file_subject(&self.digest), fields)?;
        }
        let fields = vec![
            Field::digest("digest", self.digest),
            Field::text("version", self.pack.version.clone()),
            Field::date("valid_from", effective),
        ];
        let subject = Text::from(format!("pack/{}", self.pack.name));
        say(tx, partner, (&said, "pack.published"), subject, fields)?;
        Ok(true)
    }
}

fn say(
    tx: &Transaction<'_>,
    partner: &Relation,
    (key, kind): (&str, &'static str),
    subject: Text,
    fields: Vec<Field>,
) -> Result<(), OperationsError> {
    let mut dues = Dues::default();
    dues.say(partner.id, Statement { kind: Text::const_new(kind), subject, fields })?;
    dues.record(tx, key)
}

/// Reads a pack; the first thing that is wrong with it in words.
fn parsed(bytes: &[u8]) -> Result<RulePack, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the pack is not UTF-8 text".to_owned())?;
    RulePack::parse(text).map_err(|found| {
        let first = found.first().map_or("the pack cannot be read", |one| one.message.as_str());
        first.trim_end_matches('.').to_owned()
    })
}

/// Every pack that the payer of a relationship has published, in its order. What a payer has yet
/// to sign counts for the payer itself: it is committed, and only its own signature is missing.
pub fn published_packs(
    tx: &Transaction<'_>,
    relation: &Relation,
) -> Result<Vec<PublishedPack>, OperationsError> {
    let mut packs = Vec::new();
    for row in tx.twin_pack_events(relation.id)? {
        let Said { event, body } = Said::of(&row)?;
        let Some(body) = body.filter(|_| event.author == Author::Payer) else { continue };
        packs.extend(published(&event.subject, &body, event.sequence));
    }
    if relation.author == Author::Payer {
        let mut sequence = packs.last().map_or(0, |last| last.sequence);
        for due in tx.dues_keyed(relation.id, "pack")? {
            let unreadable = OperationsError::Unreadable("what has to be said");
            for statement in statements_of(&due.statements).ok_or(unreadable)? {
                let Ok(body) = Body::new([0; 32], statement.fields) else { continue };
                sequence = sequence.saturating_add(1);
                packs.extend(published(&statement.subject, &body, sequence));
            }
        }
    }
    Ok(packs)
}

fn published(subject: &str, body: &Body, sequence: u64) -> Option<PublishedPack> {
    Some(PublishedPack {
        name: subject.strip_prefix("pack/").unwrap_or_default().to_owned(),
        version: body.text("version")?.to_owned(),
        digest: to_hex(&body.digest("digest")?),
        valid_from: body.date("valid_from")?,
        sequence,
    })
}

/// Installs the packs of the partner whose bytes have arrived; `read` gives the bytes of a
/// document. One that is not what the payer has signed is refused and never used.
pub fn install_packs(
    store: &mut Store,
    relation: &Relation,
    read: &mut dyn FnMut(&TwinDocumentRow) -> std::io::Result<Vec<u8>>,
) -> Result<Vec<InstalledPack>, OperationsError> {
    if relation.author != Author::Provider {
        return Ok(Vec::new());
    }
    let held = store.read("packs that have arrived", |tx| {
        let mut held = tx.twin_documents(relation.id, DocumentState::Held)?;
        held.retain(|one| one.kind == PACK);
        if !held.is_empty() {
            // The event that publishes a pack may come behind the one that names the document, or
            // never: until then nobody reads its bytes.
            let published = published_packs(tx, relation)?;
            held.retain(|one| published.iter().any(|pack| pack.digest == one.digest));
        }
        Ok::<_, OperationsError>(held)
    })?;
    let mut done = Vec::new();
    for document in held {
        let bytes = read(&document).map_err(|source| OperationsError::Io {
            doing: format!("reading the rule pack {}", document.name),
            source,
        })?;
        let one = store
            .transaction("install a rule pack", |tx| install(tx, relation, (&document, &bytes)))?;
        done.extend(one);
    }
    Ok(done)
}

fn install(
    tx: &Transaction<'_>,
    relation: &Relation,
    (document, bytes): (&TwinDocumentRow, &[u8]),
) -> Result<Option<InstalledPack>, OperationsError> {
    let set = |state| tx.set_twin_document(relation.id, &document.digest, (state, &document.place));
    let refused = |why: &str| {
        set(DocumentState::Refused)?;
        Ok(Some(InstalledPack::Refused(document.name.clone(), why.to_owned())))
    };
    if sha256_hex(bytes) != document.digest {
        return refused("its bytes are not those that the payer has signed");
    }
    let published = published_packs(tx, relation)?;
    let Some(signed) = published.into_iter().rfind(|one| one.digest == document.digest) else {
        // The event that publishes it comes behind the one that names the document.
        return Ok(None);
    };
    let pack = match parsed(bytes) {
        Ok(pack) => pack,
        Err(why) => return refused(&why),
    };
    if (&pack.name, &pack.version) != (&signed.name, &signed.version) {
        return refused("its name or version is not the one that the payer has signed");
    }
    set(DocumentState::Taken)?;
    let key = format!("pack-installed/{}", signed.digest);
    if let Some(digest) = digest_of_hex(&signed.digest)
        && !tx.is_due_or_said(&format!("{}/{key}", relation.id))?
    {
        let fields =
            vec![Field::digest("digest", digest), Field::text("version", signed.version.clone())];
        let subject = Text::from(format!("pack/{}", signed.name));
        say(tx, relation, (&key, "pack.installed"), subject, fields)?;
    }
    Ok(Some(InstalledPack::Installed(signed)))
}

/// The packs of a relationship that claims are checked with on a day: of each name the one
/// published for the latest day that has come. `read` gives a provider the bytes of a document by
/// its digest; a payer's are in its own outbox.
///
/// A provider's packs concern claims to this payer alone, whatever they say.
pub fn packs_in_force(
    tx: &Transaction<'_>,
    (relation, day): (&Relation, Date),
    read: &dyn Fn(&str) -> std::io::Result<Vec<u8>>,
) -> Result<PacksInForce, OperationsError> {
    let latest = latest_on(published_packs(tx, relation)?, day);
    let payers: Vec<Text> =
        tx.partner_identifiers(relation.id)?.iter().map(|one| Text::from(one.as_str())).collect();
    let mut found = PacksInForce::default();
    for published in latest.into_values() {
        match usable(tx, relation, &published, read)? {
            Ok(mut pack) => {
                if relation.author == Author::Provider {
                    let own = |id: &&Text| pack.payer_ids.is_empty() || pack.payer_ids.contains(id);
                    let concerned: Vec<Text> = payers.iter().filter(own).cloned().collect();
                    if concerned.is_empty() {
                        found.of_others.push(published);
                        continue;
                    }
                    pack.payer_ids = concerned;
                }
                found.packs.push((published, pack));
            }
            Err(why) => found.missing.push((published, why)),
        }
    }
    Ok(found)
}

/// With what a provider checks its claims on a day.
#[derive(Clone, Debug)]
pub struct RulesInForce {
    /// The engine with the packs that payers have published in the records with them.
    pub engine: Arc<CleanClaimEngine>,
    /// Payers by their identifiers a pack of whom is in force and cannot be used, with which one
    /// and why: nothing is sent to them without it.
    pub awaited: BTreeMap<Text, String>,
}

/// A provider's engine with the packs that payers have published in the records with them and that
/// are in force on a day, each in the place of the pack of its name for claims to its payer.
pub fn engine_in_force(
    tx: &Transaction<'_>,
    (engine, day): (&Arc<CleanClaimEngine>, Date),
    read: &dyn Fn(&str) -> std::io::Result<Vec<u8>>,
) -> Result<RulesInForce, OperationsError> {
    let mut packs = Vec::new();
    let mut awaited = BTreeMap::new();
    for relation in relations(tx)? {
        let found = packs_in_force(tx, (&relation, day), read)?;
        packs.extend(found.packs.into_iter().map(|(_, pack)| pack));
        if let Some((PublishedPack { name, version, .. }, why)) = found.missing.first() {
            let told = format!(
                "The payer's rule pack {name} {version} is in force and cannot be used here: {why}"
            );
            for payer in tx.partner_identifiers(relation.id)? {
                awaited.insert(Text::from(payer), told.clone());
            }
        }
    }
    let engine = match packs.is_empty() {
        true => engine.clone(),
        false => Arc::new(engine.with_packs(packs)),
    };
    Ok(RulesInForce { engine, awaited })
}

/// Of each name the pack published for the latest day that has come.
pub(crate) fn latest_on(
    published: Vec<PublishedPack>,
    day: Date,
) -> BTreeMap<String, PublishedPack> {
    let mut latest: BTreeMap<String, PublishedPack> = BTreeMap::new();
    for pack in published.into_iter().filter(|one| one.valid_from <= day) {
        let known = latest.get(&pack.name).map(|one| (one.valid_from, one.sequence));
        if known.is_none_or(|known| known < (pack.valid_from, pack.sequence)) {
            latest.insert(pack.name.clone(), pack);
        }
    }
    latest
}

/// A pack that this payer has published, from its own outbox; why it cannot be used, when not.
pub(crate) fn own_pack(
    tx: &Transaction<'_>,
    published: &PublishedPack,
) -> Result<Result<RulePack, String>, OperationsError> {
    let bytes = own_bytes(tx, &published.digest)?;
    if sha256_hex(&bytes) != published.digest {
        return Ok(Err("its bytes are not those that the payer has signed".to_owned()));
    }
    Ok(parsed(&bytes))
}

/// The pack itself, or why it cannot be used.
fn usable(
    tx: &Transaction<'_>,
    relation: &Relation,
    published: &PublishedPack,
    read: &dyn Fn(&str) -> std::io::Result<Vec<u8>>,
) -> Result<Result<RulePack, String>, OperationsError> {
    let bytes = match relation.author {
        Author::Payer => return own_pack(tx, published),
        Author::Provider => {
            let document = tx.twin_document(relation.id, &published.digest)?;
            if document.is_none_or(|one| one.state != DocumentState::Taken) {
                return Ok(Err("it has not been installed here".to_owned()));
            }
            match read(&published.digest) {
                Ok(bytes) => bytes,
                Err(cause) => return Ok(Err(format!("it cannot be read: {cause}"))),
            }
        }
    };
    if sha256_hex(&bytes) != published.digest {
        return Ok(Err("its bytes are not those that the payer has signed".to_owned()));
    }
    Ok(parsed(&bytes))
}

/// The bytes of a document that went out, by its digest; none when there is no such document.
pub(crate) fn own_bytes(tx: &Transaction<'_>, digest: &str) -> Result<Vec<u8>, OperationsError> {
    let mut bytes = Vec::new();
    let Some(file) = tx.outbox_with_digest(digest)? else { return Ok(bytes) };
    let mut part = 0;
    while let Some(piece) = tx.outbox_part(&file.file_name, part)? {
        bytes.extend_from_slice(&piece);
        part += 1;
    }
    Ok(bytes)
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
