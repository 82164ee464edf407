//! A provider's work: claims checked and sent, answers told apart, payments posted.

use super::{OfficeFolders, WorkError, aside};
use crate::files;
use crate::office::{self, OutFolder};
use crate::remit::{PostError, PostRequest, post};
use counterfoil_base::{Cents, Date, Finding};
use counterfoil_claim::Claim;
use counterfoil_integrity::{CleanClaimEngine, EditScope};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, RulesInForce, engine_in_force};
use counterfoil_operations::provider::{
    self as provider, Dispatch, Dispatched, claims_awaiting_rules, dispatch_file, may_await_rules,
};
use counterfoil_store::Store;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a provider checks its claims with before they are sent.
pub struct ProviderOffice {
    engine: Arc<CleanClaimEngine>,
    documents: PathBuf,
    /// What was said while loading.
    pub said: String,
}

impl ProviderOffice {
    /// Loads the payer's rules and the tables.
    ///
    /// # Errors
    /// When a rule pack or table cannot be used: without it the payer's rules are not run.
    pub fn load(folders: &OfficeFolders, on: Date) -> Result<ProviderOffice, WorkError> {
        let (rules, tables) = (folders.rules(), folders.tables());
        let (engine, said) = aside(on, |console| {
            let loaded = files::engine(tables.as_deref(), rules.as_deref(), EditScope::ModelAlone)?;
            office::refuse_errors(&loaded.findings, console)?;
            loaded.rules.warn(console);
            Ok(loaded.engine)
        })?;
        let documents = folders.documents.clone();
        Ok(ProviderOffice { engine: Arc::new(engine), documents, said })
    }

    fn rules_on(&self, store: &mut Store, on: Date) -> Result<RulesInForce, WorkError> {
        let read = |digest: &str| std::fs::read(self.documents.join(digest));
        let found = store
            .read("rule packs in force", |tx| engine_in_force(tx, (&self.engine, on), &read))?;
        Ok(found)
    }

    /// The code tables and rules.
    #[must_use]
    pub fn engine(&self) -> &Arc<CleanClaimEngine> {
        &self.engine
    }

    /// Checks a file of claims, holds those with errors and sends the others.
    ///
    /// # Errors
    /// When the file cannot be read, holds no claims, or would come back whole.
    pub fn submit(
        &self,
        store: &mut Store,
        (file, name): (&Path, &str),
        on: Date,
    ) -> Result<Dispatched, WorkError> {
        let bytes = std::fs::read(file).map_err(|cause| {
            WorkError::file(
                format!("it cannot be read: {cause}"),
                "let the node's user read it, or end the program that holds it",
            )
        })?;
        let nothing = |_: &Claim| -> Option<Cents> { None };
        let rules = self.rules_on(store, on)?;
        let dispatch = Dispatch {
            name,
            bytes: &bytes,
            engine: rules.engine,
            rules_awaited: &rules.awaited,
            on,
            expected_cents: &nothing,
        };
        dispatch_file(store, &dispatch).map_err(of_file)
    }

    /// Sends the claims that were held because the rules of their payer had not arrived, and whose
    /// payer's rules have; gives how many. Without such claims it only looks.
    ///
    /// # Errors
    /// When the claims cannot be read or the database refuses.
    pub fn send_awaited(&self, store: &mut Store, on: Date) -> Result<u64, WorkError> {
        if !may_await_rules(store)? {
            return Ok(0);
        }
        let rules = self.rules_on(store, on)?;
        let found = claims_awaiting_rules(store, (&rules.awaited, on))?;
        if found.file.is_empty() {
            return Ok(0);
        }
        let nothing = |_: &Claim| -> Option<Cents> { None };
        let dispatch = Dispatch {
            name: "claims that waited for rules",
            bytes: &found.file,
            engine: rules.engine,
            rules_awaited: &rules.awaited,
            on,
            expected_cents: &nothing,
        };
        Ok(dispatch_file(store, &dispatch)?.sent())
    }
}

/// Claims that cannot be written anew are their file's fault: nothing of it was kept.
fn of_file(error: OperationsError) -> WorkError {
    match error {
        OperationsError::Unwritable { .. } => WorkError::file(
            error.to_string(),
            "take the separator or control character out of the claim's data, then bring the file \
             again",
        ),
        other => other.into(),
    }
}

/// What posting files did.
#[derive(Clone, Debug, Default)]
pub struct PostedFiles {
    /// 835s posted now.
    pub remittances: u64,
    /// 835s that were posted before.
    pub already_posted: u64,
    /// Bank movements recorded now.
    pub bank_entries: u64,
    /// Bank movements that were on record before.
    pub known_bank_entries: u64,
    /// What a person must know.
    pub findings: Vec<Finding>,
}

/// Posts 835 files and records bank files, then matches everything on record.
///
/// # Errors
/// When a file cannot be read or the database refuses.
pub fn post_files(
    store: &mut Store,
    (remittances, bank): (&[PathBuf], &[PathBuf]),
    on: Date,
) -> Result<PostedFiles, WorkError> {
    let (from, contract, other_period) = (None, None, false);
    let request = PostRequest { remittances, bank, from, on, contract, other_period };
    posted(store, &request).map_err(|error| match error {
        PostError::File(cause) => {
            WorkError::file(cause.to_string(), cause.hint().unwrap_or_default())
        }
        PostError::Operations(cause) => cause.into(),
    })
}

/// Posts an 835 that a partner sent to the claims of that partner alone, then matches the bank.
///
/// # Errors
/// When the database refuses, or the file cannot be read: what a partner has sent does not become
/// useless by that.
pub fn post_partner_file(
    store: &mut Store,
    (partner, file): (&Relation, &PathBuf),
    on: Date,
) -> Result<PostedFiles, WorkError> {
    let (remittances, from) = (std::slice::from_ref(file), Some(partner));
    let (bank, contract, other_period) = (&[], None, false);
    let request = PostRequest { remittances, bank, from, on, contract, other_period };
    posted(store, &request).map_err(|error| match error {
        PostError::File(cause) => cause.into(),
        PostError::Operations(cause) => cause.into(),
    })
}

fn posted(store: &mut Store, request: &PostRequest<'_>) -> Result<PostedFiles, PostError> {
    let posted = post(store, request)?;
    Ok(PostedFiles {
        remittances: posted.remittances,
        already_posted: posted.already_posted,
        bank_entries: posted.new_bank_entries as u64,
        known_bank_entries: posted.known_bank_entries as u64,
        findings: posted.findings.into_iter().map(|one| one.finding).collect(),
    })
}

/// Writes copies of the claim files that went out, for people and for clearing houses.
///
/// # Errors
/// When a file cannot be written; it is written at the next call.
pub fn write_submissions(store: &mut Store, out: &Path) -> Result<Vec<String>, WorkError> {
    Ok(provider::write_submissions(store, &mut OutFolder(out.to_path_buf()))?)
}
