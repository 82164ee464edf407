//! The work of the office while the node runs: files and documents in, answers and payments out.
//!
//! One thread does one thing after the other, each step once: what was begun when the process
//! ended is found again in the folder or the database. A step that fails is told on /health with
//! what to do, and is tried again; the others go on.

mod documents;
mod folder;
mod payer;
mod provider;
mod stamp;

use super::Node;
use super::board::{Trouble, WorkBoard};
use crate::data::{BUSINESS_DAY_FILE, OUT, RESTORED_FILE};
use crate::outside::{now_ms, today};
use counterfoil_cli::{Date, OfficeFolders, WorkError, WorkErrorKind};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::relations;
use counterfoil_store::{DocumentState, Store};
use counterfoil_wire::Role;
use folder::Watched;
use payer::PayerWork;
use provider::ProviderWork;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// Between two attempts at what failed.
const RETRY_MS: i64 = 10_000;

/// Why a step did not happen.
type Failure = WorkError;

/// What the steps work with.
pub struct Office {
    node: Arc<Node>,
    store: Store,
    folders: OfficeFolders,
    out: PathBuf,
    on: Date,
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
                tracing::error!(step = name, what, next, "a step of the work failed");
                self.waits.insert(name.to_owned(), now_ms().saturating_add(RETRY_MS));
                self.troubles.insert(name.to_owned(), Trouble { what, next });
                false
            }
        }
    }

    fn tell(&self, words: &str) {
        self.node.desk.tell("work", words);
    }
}

enum Hands {
    Payer(Box<PayerWork>),
    Provider(Box<ProviderWork>),
}

/// Works until the node stops.
pub fn run(node: Arc<Node>, stopping: &watch::Receiver<bool>) {
    let store = match node.folder.store() {
        Ok(store) => store,
        Err(cause) => {
            let what = cause.to_string();
            tracing::error!(what, "the work cannot begin");
            node.board.set_trouble(Some(what));
            return;
        }
    };
    let data = node.folder.path.clone();
    let mut hands = match node.folder.config.role {
        Role::Payer => Hands::Payer(Box::new(PayerWork::new(&data))),
        Role::Provider => Hands::Provider(Box::new(ProviderWork::new(&data))),
    };
    let mut office = Office {
        folders: node.folder.config.office.below(&data),
        out: data.join(OUT),
        on: today(),
        node,
        store,
        waits: BTreeMap::new(),
        troubles: BTreeMap::new(),
    };
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
    match hands {
        Hands::Payer(work) => work.round(office),
        Hands::Provider(work) => work.round(office),
    }
}

/// A folder that was put back to an older time may not know of a payment that it made or a file
/// that it took in: what is done again before a partner was met could be done twice.
fn has_met_since_restore(office: &mut Office) -> Result<bool, Failure> {
    match office.node.folder.path.join(RESTORED_FILE).exists() {
        false => Ok(true),
        true => Err(Failure::office(
            "this folder was restored and has not met every partner since",
            "nothing is taken in or paid until it has: let the partners' nodes be reached",
        )),
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
    let Ok((documents_waiting, dues_waiting, halves)) = counted else { return };
    office.node.board.set_work(WorkBoard {
        files_waiting,
        files_refused,
        documents_waiting,
        dues_waiting,
        halves,
        rounds_idle,
        troubles: office.troubles.values().cloned().collect(),
    });
}
