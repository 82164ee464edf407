//! Documents of partners that are here and wait to be worked on, in the order in which they came.

use super::outcome::{Unused, Worked, document_refused, document_taken};
use super::{Failure, Office};
use crate::data::DOCUMENTS;
use counterfoil_cli::WorkErrorKind;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relations};
use counterfoil_store::{DocumentState, TwinDocumentRow};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A document to work on.
pub struct Waiting {
    /// Whose it is.
    pub relation: Relation,
    /// What the record says of it.
    pub row: TwinDocumentRow,
    /// Where its bytes lie.
    pub path: PathBuf,
}

/// Every document that is here and was not worked on.
pub fn waiting(office: &mut Office) -> Result<Vec<Waiting>, Failure> {
    let folder = office.node.folder.path.join(DOCUMENTS);
    let found = office.store.read("documents that wait", |tx| {
        let mut all = Vec::new();
        for relation in relations(tx)? {
            for row in tx.twin_documents(relation.id, DocumentState::Held)? {
                let path = folder.join(&row.place);
                all.push(Waiting { relation: relation.clone(), row, path });
            }
        }
        Ok::<_, OperationsError>(all)
    });
    Ok(found?)
}

/// How the steps of documents are called.
const STEP: &str = "document ";

/// Works on each document that waits; one that fails does not hold up the others, and one that
/// cannot be used is refused once and for all. The work gives nothing for a document that is not
/// for this office.
pub fn work_on(
    office: &mut Office,
    mut work: impl FnMut(&mut Office, &Waiting) -> Result<Option<Worked>, Unused>,
) -> bool {
    let mut all = None;
    office.step("documents", |office| {
        all = Some(waiting(office)?);
        Ok(false)
    });
    let Some(all) = all else { return false };
    let mut did = false;
    let mut names = BTreeSet::new();
    for document in all {
        let short = document.row.digest.get(..12).unwrap_or_default();
        let name = format!("{STEP}{short} ({})", document.row.kind);
        did |= office.step(&name, |office| {
            let done = work(office, &document);
            end(office, &document, done)
        });
        names.insert(name);
    }
    // A document that is gone, or was refused by a person, troubles nobody any more.
    office.forget(|step| step.starts_with(STEP) && !names.contains(step));
    did
}

/// Keeps what became of a document.
pub fn end(
    office: &mut Office,
    document: &Waiting,
    done: Result<Option<Worked>, Unused>,
) -> Result<bool, Failure> {
    let TwinDocumentRow { digest, name, place, kind, .. } = &document.row;
    match done {
        Ok(None) => Ok(false),
        Ok(Some(worked)) => {
            document_taken(office, (digest, name), &worked)?;
            Ok(true)
        }
        Err(unused) if unused.failure.kind == WorkErrorKind::File => {
            tracing::error!(kind, what = unused.failure.what, "a partner's document is refused");
            let relation = document.relation.id;
            let unused = Unused { kind: kind.clone(), ..unused };
            document_refused(office, (digest, name), unused, |tx| {
                tx.set_twin_document(relation, digest, (DocumentState::Refused, place))?;
                Ok(())
            })?;
            Ok(true)
        }
        Err(unused) => Err(unused.failure),
    }
}
