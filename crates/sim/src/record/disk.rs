//! A disk as an organization relies on it: whole transactions, and those that were synced stay.

use counterfoil_ledger::{Book, Entry, Verdict};
use counterfoil_twin::sync::HalfEntry;
use counterfoil_twin::{Author, Hash, HeadEntry, Statement};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// Why work on the disk ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The program died here.
    Dead,
    /// There was no room.
    Full,
    /// The books or the record refused what honest work asked of them: a bug.
    Broken(String),
}

/// A claim as the payer keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayerClaim {
    /// In which relationship it came.
    pub link: usize,
    /// Its subject in the record.
    pub subject: String,
    /// The provider's number.
    pub account: String,
    /// What was charged.
    pub charge: i64,
    /// What is to be paid.
    pub payable: i64,
    /// What is withheld.
    pub withheld: i64,
    /// What the patient owes.
    pub patient: i64,
    /// Waits for a person.
    pub is_pended: bool,
    /// In an 835.
    pub is_remitted: bool,
    /// How often it was decided.
    pub decisions: u64,
}

/// One change of a transaction.
#[derive(Clone, Debug)]
pub enum Change {
    /// The own half of a relationship grows.
    Own(usize, HalfEntry),
    /// The copy of the partner's half grows.
    Copy(usize, HalfEntry),
    /// A head that both have signed.
    Head(usize, HeadEntry),
    /// Something has to be said.
    Due(usize, Rc<Statement>),
    /// So much of what has to be said stands in the half now.
    Said(usize, usize),
    /// Money is booked.
    Booked(Rc<Entry>),
    /// A document is whole.
    Document(Hash, Rc<[u8]>),
    /// A word with a number: what was done, counters.
    Mark(String, u64),
    /// A claim of the payer, new or changed.
    Claim(String, PayerClaim),
}

/// What a relationship has on the disk.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Payer's half and provider's half.
    pub halves: [Vec<HalfEntry>; 2],
    /// Heads that both have signed.
    pub heads: Vec<HeadEntry>,
    /// What has to be said.
    pub dues: VecDeque<Rc<Statement>>,
}

/// What the disk holds.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// By relationship.
    pub links: Vec<Kept>,
    /// The books.
    pub book: Book,
    /// Their entries in order.
    pub entries: Vec<Rc<Entry>>,
    /// Whole documents.
    pub documents: BTreeMap<Hash, Rc<[u8]>>,
    /// What was done, and counters.
    pub marks: BTreeMap<String, u64>,
    /// The payer's claims by its number.
    pub claims: BTreeMap<String, PayerClaim>,
}

/// A part of a document, with how much of it survives a loss of power.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// What is there.
    pub bytes: Vec<u8>,
    /// How many of these bytes are synced.
    pub synced: usize,
}

/// The disk.
#[derive(Clone, Debug)]
pub struct Disk {
    /// What it holds, with the open transaction.
    pub state: State,
    author: Author,
    journal: Vec<Change>,
    commits: Vec<usize>,
    synced: usize,
    /// Parts of documents.
    pub parts: BTreeMap<Hash, Part>,
    /// What happens at the n-th change from now.
    trap: Option<(Stopped, u32)>,
    /// A transaction that fails leaves what it had done (planted).
    pub keeps_half: bool,
}

impl Disk {
    /// An empty disk of the author of these halves.
    #[must_use]
    pub fn new(author: Author, links: usize) -> Disk {
        Disk {
            state: State { links: vec![Kept::default(); links], ..State::default() },
            author,
            journal: Vec::new(),
            commits: Vec::new(),
            synced: 0,
            parts: BTreeMap::new(),
            trap: None,
            keeps_half: false,
        }
    }

    /// At the n-th change from now this happens.
    pub fn set_trap(&mut self, what: Stopped, changes: u32) {
        self.trap = Some((what, changes));
    }

    /// Takes the trap away.
    pub fn clear_trap(&mut self) {
        self.trap = None;
    }

    /// A change that is no row, such as a part of a document.
    ///
    /// # Errors
    /// [`Stopped`] when the trap closes.
    pub fn touch(&mut self) -> Result<(), Stopped> {
        match &mut self.trap {
            None => Ok(()),
            Some((what, 0)) => {
                let what = what.clone();
                self.trap = None;
                Err(what)
            }
            Some((_, left)) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// One change in the open transaction.
    ///
    /// # Errors
    /// [`Stopped`]; the caller rolls back.
    pub fn add(&mut self, change: Change) -> Result<(), Stopped> {
        self.touch()?;
        if let Change::Booked(entry) = &change {
            match self.state.book.post(entry) {
                Ok(Verdict::New) => {}
                Ok(Verdict::Known) => return Ok(()),
                Err(cause) => return Err(Stopped::Broken(cause.to_string())),
            }
        }
        apply(&mut self.state, self.author, &change);
        self.journal.push(change);
        Ok(())
    }

    /// Ends the transaction; with `is_synced` it survives a loss of power, and all before it.
    ///
    /// # Errors
    /// [`Stopped`]; the caller rolls back.
    pub fn commit(&mut self, is_synced: bool) -> Result<(), Stopped> {
        self.touch()?;
        self.commits.push(self.journal.len());
        if is_synced {
            self.synced = self.commits.len();
        }
        Ok(())
    }

    /// The open transaction has not happened.
    pub fn rollback(&mut self) {
        let whole = self.commits.last().copied().unwrap_or(0);
        if self.journal.len() == whole {
            // A booking that was known changes nothing, a first change that failed neither.
            return;
        }
        if self.keeps_half {
            self.commits.push(self.journal.len());
            self.synced = self.commits.len();
            return;
        }
        self.journal.truncate(whole);
        self.rebuild();
    }

    /// The power fails: of what is not synced, `kept` tells how much is left, in parts of 256.
    /// True when something was lost.
    pub fn lose_power(&mut self, kept: u64) -> bool {
        self.rollback();
        let share = |synced: usize, whole: usize| {
            let unsynced = whole.saturating_sub(synced) as u64;
            synced + usize::try_from(unsynced * (kept % 256) / 256).unwrap_or(0)
        };
        let commits = share(self.synced, self.commits.len());
        let mut is_lost = commits < self.commits.len();
        self.commits.truncate(commits);
        self.synced = commits;
        for part in self.parts.values_mut() {
            let left = share(part.synced, part.bytes.len());
            is_lost |= left < part.bytes.len();
            part.bytes.truncate(left);
        }
        if is_lost {
            self.journal.truncate(self.commits.last().copied().unwrap_or(0));
            self.rebuild();
        }
        is_lost
    }

    fn rebuild(&mut self) {
        let links = self.state.links.len();
        self.state = State { links: vec![Kept::default(); links], ..State::default() };
        for change in &self.journal {
            if let Change::Booked(entry) = change {
                let posted = self.state.book.post(entry);
                assert!(posted.is_ok(), "an entry that was booked can be booked again");
            }
            apply(&mut self.state, self.author, change);
        }
    }
}

fn apply(state: &mut State, author: Author, change: &Change) {
    match change {
        Change::Own(link, entry) => state.links[*link].halves[author as usize].push(entry.clone()),
        Change::Copy(link, entry) => {
            state.links[*link].halves[author.other() as usize].push(entry.clone());
        }
        Change::Head(link, head) => state.links[*link].heads.push(*head),
        Change::Due(link, statement) => state.links[*link].dues.push_back(statement.clone()),
        Change::Said(link, count) => {
            let dues = &mut state.links[*link].dues;
            dues.drain(..(*count).min(dues.len()));
        }
        Change::Booked(entry) => state.entries.push(entry.clone()),
        Change::Document(digest, bytes) => {
            state.documents.insert(*digest, bytes.clone());
        }
        Change::Mark(word, number) => {
            state.marks.insert(word.clone(), *number);
        }
        Change::Claim(number, claim) => {
            state.claims.insert(number.clone(), claim.clone());
        }
    }
}
