//! Texts of contracts and settlements: kept under their digests, sent to partners and taken from
//! them as documents.

use crate::error::OperationsError;
use crate::halves::{Dues, Relation, digest_of_hex, document_bytes_max};
use crate::payer::record;
use counterfoil_base::Text;
use counterfoil_contract::{Contract, ContractFiles, bundle, unbundle};
use counterfoil_settle::Settlement;
use counterfoil_store::{DocumentState, Store, Transaction, TwinDocumentRow};
use counterfoil_twin::{Field, Statement, file_subject, sha256, to_hex};

/// Kind of the document that a contract's text is.
pub const CONTRACT: &str = "contract";
/// Kind of the document that a settlement is.
pub const SETTLEMENT: &str = "settlement";
/// How many problems or examples a refusal names.
const NAMED: usize = 3;

/// What became of a text of a partner that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenText {
    /// It is kept: its kind and digest.
    Taken(String, String),
    /// It is not used: name of the document and why.
    Refused(String, String),
}

/// Checks a contract, runs its examples and keeps its text.
///
/// # Errors
/// [`OperationsError::Refused`] when anything is to be mended, or an example does not come out.
pub fn keep_contract(
    tx: &Transaction<'_>,
    files: &ContractFiles,
) -> Result<Contract, OperationsError> {
    let contract = sound(files)?;
    tx.keep_agreement_text(contract.digest(), CONTRACT, &bundle(files))?;
    Ok(contract)
}

/// A contract that is complete and consistent and whose examples come out.
pub(super) fn sound(files: &ContractFiles) -> Result<Contract, OperationsError> {
    let refused = |told: String| Err(OperationsError::Refused(told));
    if unbundle(&bundle(files)).is_none() {
        let told = "a file of the contract has a name that no file of a contract may have";
        return refused(format!("{told}; nothing was changed"));
    }
    let (contract, problems) = Contract::load(files);
    if !problems.is_empty() {
        let named: Vec<String> = problems
            .iter()
            .take(NAMED)
            .map(|one| format!("{}: {}", one.file, one.finding.message))
            .collect();
        return refused(format!(
            "the contract has {} things to mend ({}); `contract check` shows each; nothing was \
             changed",
            problems.len(),
            named.join("; ")
        ));
    }
    let results = contract.run_cases();
    let failed: Vec<&str> = results
        .iter()
        .filter(|one| !one.differences.is_empty())
        .map(|one| one.file.as_str())
        .collect();
    if failed.is_empty() && !results.is_empty() {
        return Ok(contract);
    }
    let told = match failed.len() {
        0 => "the contract has no worked example".to_owned(),
        count => {
            let named = failed.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            format!("{count} worked examples of the contract do not come out ({named})")
        }
    };
    refused(format!("{told}; `contract test` shows each; nothing was changed"))
}

/// The files of a contract by its digest, hexadecimal; nothing when its text is not here.
pub fn contract_files(
    tx: &Transaction<'_>,
    digest: &str,
) -> Result<Option<ContractFiles>, OperationsError> {
    let Some(bytes) = tx.agreement_text(digest, CONTRACT)? else { return Ok(None) };
    unbundle(&bytes).map(Some).ok_or(OperationsError::Unreadable("the text of a contract"))
}

/// A settlement by its digest, hexadecimal; nothing when it is not here.
pub fn settlement_document(
    tx: &Transaction<'_>,
    digest: &str,
) -> Result<Option<Settlement>, OperationsError> {
    let Some(bytes) = tx.agreement_text(digest, SETTLEMENT)? else { return Ok(None) };
    let read = Settlement::read(&bytes);
    read.map(Some).map_err(|_| OperationsError::Unreadable("a settlement"))
}

/// Sends a text to a partner, unless it is known there: it came from the partner, or went before.
pub(super) fn send_text(
    tx: &Transaction<'_>,
    relation: &Relation,
    (kind, digest): (&str, &str),
    bytes: &[u8],
) -> Result<(), OperationsError> {
    let (length, most) = (bytes.len() as u64, document_bytes_max(kind));
    if length > most {
        return Err(OperationsError::Refused(format!(
            "the {kind} has {length} bytes and a partner takes at most {most}; nothing was signed"
        )));
    }
    let key = format!("{kind}-file/{digest}");
    let is_known = tx.twin_document(relation.id, digest)?.is_some()
        || tx.is_due_or_said(&format!("{}/{key}", relation.id))?;
    if is_known {
        return Ok(());
    }
    let unreadable = OperationsError::Unreadable("the digest of a text");
    let hash = digest_of_hex(digest).ok_or(unreadable)?;
    let ending = if kind == CONTRACT { "bundle" } else { "json" };
    let name = format!("{kind}-{}.{ending}", digest.get(..12).unwrap_or(digest));
    let source = format!("{kind}/{digest}");
    if tx.outbox_of(&source)?.is_none() {
        record(tx, (name.clone(), kind), &source, bytes)?;
        // It goes to partners alone and to no folder.
        tx.outbox_mark_written(&name)?;
    }
    let fields = vec![
        Field::digest("digest", hash),
        Field::integer("length", i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        Field::text("kind", kind),
        Field::text("name", name),
    ];
    let kind = Text::const_new("file.sent");
    let mut dues = Dues::default();
    dues.say(relation.id, Statement { kind, subject: file_subject(&hash), fields })?;
    dues.record(tx, &key)
}

/// Takes in the texts of a partner whose bytes have arrived; `read` gives the bytes of a document.
/// What is no contract or settlement is refused and never used. Whether a contract is sound is
/// asked when somebody signs it: until then people read it as it came.
pub fn take_texts(
    store: &mut Store,
    relation: &Relation,
    read: &mut dyn FnMut(&TwinDocumentRow) -> std::io::Result<Vec<u8>>,
) -> Result<Vec<TakenText>, OperationsError> {
    let held = store.read("texts that have arrived", |tx| {
        let mut held = tx.twin_documents(relation.id, DocumentState::Held)?;
        held.retain(|one| one.kind == CONTRACT || one.kind == SETTLEMENT);
        Ok::<_, OperationsError>(held)
    })?;
    let mut done = Vec::new();
    for document in held {
        let bytes = read(&document).map_err(|source| OperationsError::Io {
            doing: format!("reading the {} {}", document.kind, document.name),
            source,
        })?;
        done.push(store.transaction("take in a text", |tx| take(tx, relation, &document, &bytes))?);
    }
    Ok(done)
}

fn take(
    tx: &Transaction<'_>,
    relation: &Relation,
    document: &TwinDocumentRow,
    bytes: &[u8],
) -> Result<TakenText, OperationsError> {
    let TwinDocumentRow { digest, kind, name, place, .. } = document;
    let why = if to_hex(&sha256(&[bytes])) != *digest {
        Some("its bytes are not those that the partner has signed".to_owned())
    } else if kind == CONTRACT {
        unbundle(bytes).is_none().then(|| "it is no bundle of a contract's files".to_owned())
    } else {
        Settlement::read(bytes).err()
    };
    if let Some(why) = why {
        tx.set_twin_document(relation.id, digest, (DocumentState::Refused, place))?;
        return Ok(TakenText::Refused(name.clone(), why));
    }
    tx.keep_agreement_text(digest, kind, bytes)?;
    tx.set_twin_document(relation.id, digest, (DocumentState::Taken, place))?;
    Ok(TakenText::Taken(kind.clone(), digest.clone()))
}
