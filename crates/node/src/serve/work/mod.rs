//! The work of the office while the node runs: files and documents in, answers and payments out.
//!
//! One thread does one thing after the other, each step once: what was begun when the process
//! ended is found again in the folder or the database. A step that fails is told on /health with
//! what to do, and is tried again; the others go on.

mod content;
mod documents;
mod folder;
mod outcome;
mod payer;
mod provider;
pub mod stamp;

use super::Node;
use super::board::{Trouble, WorkBoard};
use crate::data::{BUSINESS_DAY_FILE, OUT};
use crate::outside::{now_ms, today};
use counterfoil_cli::{CommandError, Date, OfficeFolders, WorkError, WorkErrorKind, page_engines};
use counterfoil_desk::{RESTORED_NEXT, RESTORED_WHAT, is_restored};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::relations;
use counterfoil_store::{DocumentState, Store};
use counterfoil_wire::Role;
use folder::Watched;
use payer::PayerWork;
use provider::ProviderWork;
use stamp::Loaded;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two attempts at what failed.
const RETRY_MS: i64 = 10_000;

/// Between two attempts to open the database, at least.
const OPEN_AGAIN: Duration = Duration::from_millis(200);

/// Between two looks whether rates, members or rules have changed.
const ENGINES_LOOK_MS: i64 = 1_000;

/// Why a step did not happen.
type Failure = WorkError;

/// What the steps work with.
pub struct Office {
    node: Arc<Node>,
    store: Store,
    folders: OfficeFolders,
    out: PathBuf,
    on: Date,
    /// What the pages decide and check with, and when its files were looked at.
    engines: Loaded<()>,
    engines_looked_at: i64,
    /// Steps that failed, and from when on they are tried again.
    waits: BTreeMap<String, i64>,
    troubles: BTreeMap<String, Trouble>,
}

impl Office {
    /// Does a step unless it failed a moment ago; gives whether it did something.
    fn step(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Office) -> Result<bool, Failure>,
    ) -> bool {
        if self.waits.get(name).is_some_and(|from| now_ms() < *from) {
            return false;
        }
        match work(self) {
            Ok(did) => {
                self.waits.remove(name);
                self.troubles.remove(name);
                did
            }
            Err(failure) if failure.kind == WorkErrorKind::Busy => false,
            Err(Failure { what, next, .. }) => {
                if self.troubles.get(name).is_none_or(|known| known.what != what) {
                    tracing::error!(step = name, what, next, "a step of the work failed");
                }
                self.waits.insert(name.to_owned(), now_ms().saturating_add(RETRY_MS));
                self.troubles.insert(name.to_owned(), Trouble { what, next });
                false
            }
        }
    }

    /// Works on each file of a folder as a step of its own, so that one that fails does not hold
    /// up the others; gives whether something was done.
    fn each_file(
        &mut self,
        folder: &str,
        paths: &[PathBuf],
        mut work: impl FnMut(&mut Office, &Path) -> Result<(), Failure>,
    ) -> bool {
        let (mut did, mut names) = (false, BTreeSet::new());
        for path in paths {
            let name = format!("{folder}/{}", folder::name_of(path));
            did |= self.step(&name, |office| work(office, path).map(|()| true));
            names.insert(name);
        }
        // A file that is gone troubles nobody any more.
        let is_of =
            |step: &str| step.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.forget(|step| is_of(step) && !names.contains(step));
        did
    }

    /// Steps that there are no more fail no more.
    fn forget(&mut self, is_gone: impl Fn(&str) -> bool) {
        self.waits.retain(|name, _| !is_gone(name));
        self.troubles.retain(|name, _| !is_gone(name));
    }

    fn tell(&self, words: &str) {
        self.node.desk.tell("work", words);
    }
}

/// Why nothing can be said of a file.
fn unreadable() -> Failure {
    Failure::file(
        "it cannot be read",
        "let the node's user read it, or end the program that holds it",
    )
}

enum Hands {
    Payer(Box<PayerWork>),
    Provider(Box<ProviderWork>),
}

/// Works until the node stops.
pub fn run(node: Arc<Node>, stopping: &watch::Receiver<bool>) {
    let Some(store) = opened(&node, stopping, || node.folder.store()) else { return };
    let mut hands = hands(&node);
    let mut office = office(node, store);
    let mut rounds_idle = 0;
    while !*stopping.borrow() {
        let did = round(&mut office, &mut hands);
        rounds_idle += u64::from(!did);
        show(&mut office, &hands, rounds_idle);
        if !did {
            std::thread::sleep(office.node.folder.config.look);
        }
    }
}

/// The database for the work, asked for until it can be had; nothing when the node stops first.
fn opened(
    node: &Node,
    stopping: &watch::Receiver<bool>,
    mut open: impl FnMut() -> Result<Store, CommandError>,
) -> Option<Store> {
    while !*stopping.borrow() {
        match open() {
            Ok(store) => return Some(store),
            Err(cause) => {
                let Failure { what, next, .. } = cause.into();
                tracing::error!(what, next, "the work cannot begin");
                let trouble = Trouble { what: format!("the work cannot begin: {what}"), next };
                node.board.set_work(WorkBoard { troubles: vec![trouble], ..WorkBoard::default() });
            }
        }
        std::thread::sleep(node.folder.config.look.max(OPEN_AGAIN));
    }
    None
}

fn hands(node: &Node) -> Hands {
    let data = &node.folder.path;
    match node.folder.config.role {
        Role::Payer => Hands::Payer(Box::new(PayerWork::new(data))),
        Role::Provider => Hands::Provider(Box::new(ProviderWork::new(data))),
    }
}

fn office(node: Arc<Node>, store: Store) -> Office {
    let data = &node.folder.path;
    Office {
        folders: node.folder.config.office.below(data),
        out: data.join(OUT),
        on: today(),
        store,
        engines: Loaded::at(node.engines_stamp.clone(), ()),
        node,
        engines_looked_at: 0,
        waits: BTreeMap::new(),
        troubles: BTreeMap::new(),
    }
}

fn round(office: &mut Office, hands: &mut Hands) -> bool {
    if !office.step("day", |office| {
        office.on = day(office)?;
        if office.node.folder.config.day_from_file {
            office.node.desk.work_on(office.on);
        }
        Ok(true)
    }) {
        return false;
    }
    if !office.step("restored", has_met_since_restore) {
        return false;
    }
    office.step("rates and rules of the pages", share_engines);
    match hands {
        Hands::Payer(work) => work.round(office),
        Hands::Provider(work) => work.round(office),
    }
}

/// The pages decide and check with what is in the folder now, as the work does: not with what was
/// there when the node started.
fn share_engines(office: &mut Office) -> Result<bool, Failure> {
    let now = now_ms();
    if now.saturating_sub(office.engines_looked_at) < ENGINES_LOOK_MS {
        return Ok(false);
    }
    let (folders, desk, on) = (&office.folders, &office.node.desk, office.on);
    let shared = office.engines.get(&folders.watched(), || {
        // Rates that cannot be used decide nothing: neither the old ones nor half of the new.
        desk.set_engines(None);
        desk.set_engines(page_engines(folders, on)?);
        tracing::info!("the pages have other rates and rules");
        Ok(())
    });
    shared?;
    office.engines_looked_at = now;
    Ok(false)
}

/// A folder that was put back to an older time may not know of a payment that it made or a file
/// that it took in: what is done again before a partner was met could be done twice.
fn has_met_since_restore(office: &mut Office) -> Result<bool, Failure> {
    match is_restored(&office.node.folder.path) {
        false => Ok(true),
        true => Err(Failure::office(RESTORED_WHAT, RESTORED_NEXT)),
    }
}

/// The day of the work: by the clock, or in a rehearsal the one that stands in a file.
fn day(office: &Office) -> Result<Date, Failure> {
    if !office.node.folder.config.day_from_file {
        return Ok(today());
    }
    let path = office.node.folder.path.join(BUSINESS_DAY_FILE);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    text.trim().parse().map_err(|_| {
        Failure::office(
            format!("{} holds no day, and work.day in node.toml is file", path.display()),
            "write the day into it as YYYY-MM-DD, or set work.day to clock",
        )
    })
}

/// Puts what waits on the board, for /health and /metrics.
fn show(office: &mut Office, hands: &Hands, rounds_idle: u64) {
    let inbox: &[&Watched] = match hands {
        Hands::Payer(work) => &[&work.inbox],
        Hands::Provider(work) => &[&work.inbox, &work.bank],
    };
    let files_waiting = inbox.iter().map(|one| one.waiting()).sum();
    let files_refused = inbox.iter().map(|one| one.refused()).sum();
    let files_partly = inbox.iter().map(|one| one.partly()).sum();
    let counted = office.store.read("what waits", |tx| {
        let mut documents = 0;
        for relation in relations(tx)? {
            for state in [DocumentState::Named, DocumentState::Held] {
                documents += tx.twin_documents(relation.id, state)?.len() as u64;
            }
        }
        let dues = tx.relationships_with_dues()?.len() as u64;
        Ok::<_, OperationsError>((documents, dues, tx.half_sizes()?))
    });
    let before = office.node.board.work();
    let counted = counted.unwrap_or_else(|cause| {
        // What fails is told also when nothing can be counted.
        tracing::error!(cause = %cause, "what waits cannot be counted");
        (before.documents_waiting, before.dues_waiting, before.halves)
    });
    let (documents_waiting, dues_waiting, halves) = counted;
    office.node.board.set_work(WorkBoard {
        files_waiting,
        files_refused,
        files_partly,
        documents_waiting,
        dues_waiting,
        halves,
        rounds_idle,
        troubles: office.troubles.values().cloned().collect(),
    });
}

#[cfg(test)]
mod tests;
