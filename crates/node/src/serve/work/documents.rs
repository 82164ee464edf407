//! Documents of partners that are here and wait to be worked on, in the order in which they came.

use super::{Failure, Office};
use crate::data::DOCUMENTS;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relations};
use counterfoil_store::{DocumentState, TwinDocumentRow};
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

/// Works on each document that waits; one that fails does not hold up the others.
pub fn work_on(
    office: &mut Office,
    mut work: impl FnMut(&mut Office, &Waiting) -> Result<bool, Failure>,
) -> bool {
    let mut all = Vec::new();
    office.step("documents", |office| {
        all = waiting(office)?;
        Ok(false)
    });
    let mut did = false;
    for document in all {
        let short = document.row.digest.get(..12).unwrap_or_default().to_owned();
        let name = format!("document {short} ({})", document.row.kind);
        did |= office.step(&name, |office| work(office, &document));
    }
    did
}
