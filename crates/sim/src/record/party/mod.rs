//! An organization: its disk, its sessions, its clock, its death and restart.

mod say;
mod tasks;

use crate::fault::{Fault, Tally};
use crate::plant::Plant;
use crate::record::disk::{Change, Disk, Stopped};
use counterfoil_base::Date;
use counterfoil_ledger::Entry;
use counterfoil_twin::sync::{Input, Output, Session, Stop, SyncState};
use counterfoil_twin::{
    Author, Body, Chain, Code, Event, EventCheck, Hash, PrivateKey, Refusal, Relationship,
    first_refusal, leaf_hash, to_hex,
};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// Ticks after which documents that are missing are asked for again.
const TICKS_BETWEEN_FETCHES: u64 = 60;

/// A relationship as its node holds it in memory.
pub struct Link {
    /// Identifier and keys.
    pub relationship: Relationship,
    /// The exchange.
    pub session: Session,
    own: Chain,
    copy: Chain,
    tasks: VecDeque<Output>,
    /// Documents that are being fetched.
    fetching: BTreeSet<Hash>,
    /// The partner has been met since the backup was put in place.
    pub is_met: bool,
}

impl Link {
    /// The documents that are being fetched, by the first digits of their digests.
    #[must_use]
    pub fn fetching(&self) -> Vec<String> {
        self.fetching.iter().map(|digest| to_hex(digest)[..12].to_owned()).collect()
    }
}

/// What leaves a node.
pub enum Leaving {
    /// A message on a link.
    Message(usize, Vec<u8>),
    /// The connection of a link is closed behind it.
    Close(usize),
}

/// An organization.
pub struct Party {
    /// Its name in traces.
    pub name: &'static str,
    /// Whose halves it writes.
    pub author: Author,
    /// What survives.
    pub disk: Disk,
    /// Its relationships.
    pub links: Vec<Link>,
    /// What leaves it, to be carried by the world.
    pub leaving: Vec<Leaving>,
    /// Milliseconds by which its clock is ahead.
    pub ahead_ms: i64,
    /// The time of the world, milliseconds.
    pub world_ms: i64,
    /// It does nothing before this step.
    pub down_until: u64,
    /// An older backup is in place, and this is the newest state.
    pub newest: Option<Box<Disk>>,
    /// It was told that its half is shorter than its partner's copy.
    pub is_told: bool,
    /// The next death is one of power: what is not synced is left in so many parts of 256.
    pub power: Option<u64>,
    /// What went wrong in ways that honest code cannot.
    pub broken: Option<String>,
    /// What happened to it.
    pub tally: Tally,
    /// The bug planted in it.
    pub plant: Option<Plant>,
    seed: [u8; 32],
    key: PrivateKey,
    secrets: u64,
    attempts: u64,
    ticks: u64,
}

fn all_but_forbidden(checks: &[EventCheck]) -> Option<(usize, Refusal)> {
    checks.iter().enumerate().find_map(|(at, check)| {
        let why = check.check().err()?;
        (why.code != Code::Kind).then_some((at, why))
    })
}

fn nothing(_: &[EventCheck]) -> Option<(usize, Refusal)> {
    None
}

impl Party {
    /// An organization with these relationships and an empty disk.
    #[must_use]
    pub fn new(
        (name, author): (&'static str, Author),
        relationships: &[Relationship],
        seed: [u8; 32],
        plant: Option<Plant>,
    ) -> Party {
        let mut party = Party {
            name,
            author,
            disk: Disk::new(author, relationships.len()),
            links: Vec::new(),
            leaving: Vec::new(),
            ahead_ms: 0,
            world_ms: 0,
            down_until: 0,
            newest: None,
            is_told: false,
            power: None,
            broken: None,
            tally: Tally::default(),
            plant,
            seed,
            key: PrivateKey::from_seed(&seed),
            secrets: 0,
            attempts: 0,
            ticks: 0,
        };
        party.disk.keeps_half = plant == Some(Plant::CommitHalfBatch);
        party.links = relationships.iter().map(|one| party.new_link(*one)).collect();
        party
    }

    fn new_link(&self, relationship: Relationship) -> Link {
        let session = Session::new(self.author, relationship);
        let session = match self.plant {
            Some(Plant::SkipSignature) => session.with_checks(nothing),
            Some(Plant::AcceptForbidden) => session.with_checks(all_but_forbidden),
            _ => session.with_checks(first_refusal),
        };
        Link {
            relationship,
            session,
            own: Chain::new(relationship, self.author),
            copy: Chain::new(relationship, self.author.other()),
            tasks: VecDeque::new(),
            fetching: BTreeSet::new(),
            is_met: true,
        }
    }

    /// True when this bug is planted.
    #[must_use]
    pub fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// Its clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.world_ms + self.ahead_ms
    }

    /// True when it may work and sign: not while an older backup is in place whose partners it
    /// has not met.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.newest.is_none()
            || self.has(Plant::SignAfterRestore)
            || self.links.iter().all(|link| link.is_met)
    }

    /// Gives something to a session and takes what it asks for.
    pub fn give(&mut self, at: usize, input: Input) {
        let outputs = match self.links[at].session.handle(input) {
            Ok(outputs) => outputs,
            Err(misuse) => {
                return self.breaks(format!("{} misuses the exchange: {misuse}", self.name));
            }
        };
        for output in outputs {
            match output {
                Output::Send { bytes, .. } => self.leaving.push(Leaving::Message(at, bytes)),
                Output::Close { stop, .. } => self.closed(at, &stop),
                Output::Status(status) => {
                    let is_open = matches!(status.state, SyncState::Behind | SyncState::InStep);
                    self.links[at].is_met |= is_open;
                }
                Output::Refused(_) | Output::Answer(_) => {}
                task => self.links[at].tasks.push_back(task),
            }
        }
    }

    fn closed(&mut self, at: usize, stop: &Stop) {
        self.leaving.push(Leaving::Close(at));
        match stop {
            Stop::Shorter { half, .. } if *half == self.author && self.newest.is_some() => {
                self.is_told = true;
            }
            // The partner of one who restored a backup is told as well.
            Stop::Shorter { half, .. } if *half != self.author => {}
            Stop::Shorter { .. } | Stop::Differs { .. } | Stop::Version { .. } => {
                let what = stop.message(self.author, counterfoil_twin::sync::Side::Ours);
                self.breaks(format!("{}: {what}", self.name));
            }
            _ => {}
        }
    }

    /// Notes a first thing that cannot happen.
    pub fn breaks(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// Does the oldest task of a relationship; true when there was one.
    pub fn work(&mut self, at: usize) -> bool {
        let Some(task) = self.links[at].tasks.pop_front() else { return false };
        let done = self.act(at, task);
        self.settle(done);
        true
    }

    /// What follows from how work ended.
    pub fn settle(&mut self, done: Result<(), Stopped>) {
        match done {
            Ok(()) => {}
            Err(Stopped::Dead) => {
                let is_lost = self.power.take().is_some_and(|kept| self.disk.lose_power(kept));
                let death = if is_lost { Fault::PowerLoss } else { Fault::CrashInTransaction };
                self.tally.count(death);
                self.crash();
            }
            Err(Stopped::Full) => {
                self.tally.count(Fault::DiskFull);
                self.disk.rollback();
            }
            Err(Stopped::Broken(what)) => {
                self.disk.rollback();
                self.breaks(format!("{}: {what}", self.name));
            }
        }
    }

    /// Ends a transaction that others will hear of.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn commit(&mut self) -> Result<(), Stopped> {
        let done = self.disk.commit(!self.has(Plant::SkipSync));
        self.swallowed(done)
    }

    /// One change of a transaction.
    ///
    /// # Errors
    /// [`Stopped`] of the disk.
    pub fn add(&mut self, change: Change) -> Result<(), Stopped> {
        let done = self.disk.add(change);
        self.swallowed(done)
    }

    fn swallowed(&self, done: Result<(), Stopped>) -> Result<(), Stopped> {
        let is_swallowed = self.has(Plant::SwallowDiskFull) && done == Err(Stopped::Full);
        if is_swallowed { Ok(()) } else { done }
    }

    /// Books an entry.
    ///
    /// # Errors
    /// [`Stopped`] of the disk and of the books.
    pub fn book(&mut self, mut entry: Entry) -> Result<(), Stopped> {
        if self.has(Plant::SkipKeyCheck) {
            self.attempts += 1;
            entry.key = format!("{}#{}", entry.key, self.attempts).into();
        }
        if self.has(Plant::SwapDebitAndCredit) && entry.rule == "provider.cash_received" {
            for posting in &mut entry.postings {
                posting.amount_cents = -posting.amount_cents;
            }
        }
        if entry.postings.is_empty() { Ok(()) } else { self.add(Change::Booked(Rc::new(entry))) }
    }

    /// The day of its bookings; the simulated month has one for all.
    #[must_use]
    pub fn day() -> Date {
        Date::constant(2_026, 3, 2)
    }

    /// A connection is there, or gone.
    pub fn connected(&mut self, at: usize, nonce: Option<u64>) {
        let Some(nonce) = nonce else {
            if self.has(Plant::ResendUnderNewSequence) {
                self.say_again(at);
            }
            if self.has(Plant::IgnorePartition) {
                self.take_parts_as_whole();
            }
            return self.give(at, Input::Disconnected);
        };
        self.give(at, Input::Connected { nonce, now_ms: self.now_ms() });
        self.fetch_missing(at);
    }

    /// A document that was damaged or had no room is fetched anew on the next connection, and now
    /// and then while there is one.
    fn fetch_missing(&mut self, at: usize) {
        let named: Vec<Hash> =
            self.links[at].session.named_documents().map(|named| named.digest).collect();
        for digest in named {
            if !self.links[at].fetching.contains(&digest) {
                self.fetch(at, digest);
            }
        }
    }

    /// Time passes.
    pub fn tick(&mut self, at: usize) {
        self.ticks += 1;
        self.give(at, Input::Tick { now_ms: self.now_ms() });
        if self.ticks.is_multiple_of(TICKS_BETWEEN_FETCHES) {
            for at in 0..self.links.len() {
                self.fetch_missing(at);
            }
        }
    }

    /// The program dies and starts again: what is on the disk is left.
    pub fn crash(&mut self) {
        self.disk.rollback();
        self.disk.clear_trap();
        if self.has(Plant::StaleHeadAfterRestart) {
            self.forget_last_event();
        }
        let met: Vec<bool> = self.links.iter().map(|link| link.is_met).collect();
        let relationships: Vec<Relationship> =
            self.links.iter().map(|link| link.relationship).collect();
        self.links = relationships.into_iter().map(|one| self.new_link(one)).collect();
        for (at, is_met) in met.into_iter().enumerate() {
            self.links[at].is_met = is_met;
            if let Err(what) = self.restore(at) {
                self.breaks(format!("{}: its record does not load: {what}", self.name));
            }
            self.leaving.push(Leaving::Close(at));
        }
    }

    fn forget_last_event(&mut self) {
        for kept in &mut self.disk.state.links {
            let own = &mut kept.halves[self.author as usize];
            if own.len() > 2 {
                own.pop();
            }
        }
    }

    fn restore(&mut self, at: usize) -> Result<(), String> {
        let kept = &self.disk.state.links[at];
        let link = &mut self.links[at];
        for author in Author::BOTH {
            let chain = if author == self.author { &mut link.own } else { &mut link.copy };
            for entry in &kept.halves[author as usize] {
                link.session.restore(author, entry).map_err(|finding| finding.to_string())?;
                let event = Event::decode(&entry.event).map_err(|error| error.to_string())?;
                let body = entry.body.as_deref().and_then(|bytes| Body::decode(bytes).ok());
                chain.advance(&event, leaf_hash(&entry.event), body.as_ref());
            }
        }
        for head in &kept.heads {
            link.session.restore_head(head);
        }
        Ok(())
    }

    /// Another disk is put in place.
    pub fn change_disk(&mut self, disk: Disk) {
        self.disk = disk;
        self.crash();
    }
}
