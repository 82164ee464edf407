//! One world: a payer, two providers, a bank, people, and what happens to them.

mod end;
mod harm;
mod people;

use crate::fault::Tally;
use crate::network::Wire;
use crate::record::disk::{Change, Disk};
use crate::record::office::{Bill, Manner};
use crate::record::party::{Leaving, Party};
use crate::report::{Outcome, Setting};
use crate::trace::Trace;
use counterfoil_corpus::Random;
use counterfoil_twin::sync::{Input, SyncState};
use counterfoil_twin::{Author, Hash, PrivateKey, Relationship, opening, to_hex};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Providers in a world.
const PROVIDERS: usize = 2;
/// A moment in the spring of 2026, milliseconds since 1970.
const START_MS: i64 = 1_772_409_600_000;
const DAY_MS: i64 = 86_400_000;

/// A movement of the bank: reference, trace, cents.
type Movement = (String, String, u64);

/// A world.
pub struct World {
    random: Random,
    setting: Setting,
    step: u64,
    /// The payer, then the providers.
    parties: Vec<Party>,
    wires: [Wire; PROVIDERS],
    nonce: u64,
    /// Claim files of each provider, and how many were handed in.
    files: [Vec<Vec<Bill>>; PROVIDERS],
    handed_in: [usize; PROVIDERS],
    bank: [Vec<Movement>; PROVIDERS],
    imported: [usize; PROVIDERS],
    credits: BTreeMap<String, u64>,
    backups: Vec<Option<Disk>>,
    /// The provider that lies, and the size of its half when it did.
    liar: Option<(usize, u64)>,
    tally: Tally,
    trace: Trace,
    broken: Option<String>,
}

fn seed_of(random: &mut Random) -> [u8; 32] {
    let mut seed = [0; 32];
    for part in seed.chunks_mut(8) {
        part.copy_from_slice(&random.number().to_be_bytes());
    }
    seed
}

fn bills(random: &mut Random, provider: usize) -> Vec<Vec<Bill>> {
    let (mut files, mut bit) = (Vec::new(), 0);
    let claims = 8 + random.below(20) as u32;
    while bit < claims {
        let count = 1 + random.below(4) as u32;
        let end = (bit + count).min(claims);
        let some = (bit..end).map(|bit| Bill {
            account: format!("P{provider}-{bit}"),
            cents: 1 << bit,
            // Every fourth claim is of the last covered day or the day after.
            day: if bit % 4 == 3 { 20 + i8::from(random.chance(1, 2)) } else { 5 },
            manner: match (bit as usize + provider) % 5 {
                2 => Manner::Withheld,
                3 => Manner::Copay,
                4 => Manner::Pended,
                _ => Manner::Plain,
            },
        });
        files.push(some.collect());
        bit = end;
    }
    files
}

impl World {
    /// A world as it begins: relationships are open, nothing else was said.
    #[must_use]
    pub fn new(setting: Setting) -> World {
        let mut random = Random::of(setting.seed, 1, 0);
        let seeds: Vec<[u8; 32]> = (0..=PROVIDERS).map(|_| seed_of(&mut random)).collect();
        let keys: Vec<Hash> =
            seeds.iter().map(|seed| PrivateKey::from_seed(seed).public_key()).collect();
        let nonces: Vec<[u8; 32]> = (0..PROVIDERS).map(|_| seed_of(&mut random)).collect();
        let relationships: Vec<Relationship> = (0..PROVIDERS)
            .map(|at| Relationship::new(keys[0], keys[at + 1], &nonces[at]))
            .collect();
        let plant = setting.plant;
        let mut parties =
            vec![Party::new(("payer", Author::Payer), &relationships, seeds[0], plant)];
        for (at, name) in ["hospital", "practice"].into_iter().enumerate() {
            let one = (name, Author::Provider);
            parties.push(Party::new(one, &relationships[at..=at], seeds[at + 1], plant));
        }
        let files = [0, 1].map(|provider| bills(&mut random, provider));
        let mut world = World {
            random,
            step: 0,
            parties,
            wires: Default::default(),
            nonce: setting.seed << 24,
            files,
            handed_in: [0; PROVIDERS],
            bank: Default::default(),
            imported: [0; PROVIDERS],
            credits: BTreeMap::new(),
            backups: vec![None; PROVIDERS + 1],
            liar: None,
            tally: Tally::default(),
            trace: Trace::new(setting.is_told),
            broken: None,
            setting,
        };
        for (at, relationship) in relationships.iter().enumerate() {
            let statement = Rc::new(opening(relationship, &nonces[at], ["Plan", "Provider"]));
            for (party, link) in [(0, at), (at + 1, 0)] {
                world.parties[party].open(link, statement.clone());
            }
        }
        world
    }

    /// Runs the world to its end.
    #[must_use]
    pub fn run(mut self) -> Outcome {
        while self.step < self.setting.steps && self.broken.is_none() {
            self.begin_step();
            self.choose();
            self.after();
        }
        if self.broken.is_none() {
            self.heal();
        }
        if self.broken.is_none() {
            self.broken = self.check().err();
        }
        if self.broken.is_some() {
            self.tell_state();
        }
        let states = self.parties.iter().map(|party| party.disk.state.book.digest().to_string());
        for state in states.collect::<Vec<String>>() {
            self.trace.note_bytes(state.as_bytes());
        }
        for party in &self.parties {
            self.tally.add(&party.tally);
        }
        let claims = self.files.iter().flatten().map(|file| file.len() as u64).sum();
        let halves = self.parties.iter().skip(1).flat_map(|one| &one.disk.state.links[0].halves);
        let events = halves.map(|half| half.len() as u64).sum();
        Outcome {
            tally: self.tally,
            digest: self.trace.digest(),
            claims,
            events,
            steps: self.step,
            violation: self.broken,
            lines: self.trace.lines().to_vec(),
        }
    }

    fn begin_step(&mut self) {
        self.step += 1;
        self.trace.at(self.step);
        for party in &mut self.parties {
            party.world_ms = START_MS + self.step as i64 * 20;
        }
    }

    fn is_up(&self, party: usize) -> bool {
        self.parties[party].down_until <= self.step
    }

    fn choose(&mut self) {
        let party = self.random.below(PROVIDERS as u64 + 1) as usize;
        match self.random.below(100) {
            0..=27 => {
                let (link, side) = self.some_side();
                for _ in 0..=self.random.below(4) {
                    self.deliver(link, side);
                }
            }
            28..=49 => {
                let tasks = 1 + self.random.below(4);
                self.work(party, tasks);
            }
            50..=63 => self.office(party),
            64..=65 => self.tick(),
            66..=67 => self.connect_some(),
            _ => self.fault(),
        }
    }

    fn some_side(&mut self) -> (usize, usize) {
        (self.random.below(PROVIDERS as u64) as usize, self.random.below(2) as usize)
    }

    /// Which party is on a side of a wire, and its number of the link.
    fn on(link: usize, side: usize) -> (usize, usize) {
        if side == 0 { (0, link) } else { (link + 1, 0) }
    }

    /// Carries what has left the parties, and looks at what they say of themselves.
    fn after(&mut self) {
        for party in 0..self.parties.len() {
            for leaving in std::mem::take(&mut self.parties[party].leaving) {
                let (link, other) = match leaving {
                    Leaving::Message(at, _) | Leaving::Close(at) if party == 0 => (at, 1),
                    _ => (party - 1, 0),
                };
                match leaving {
                    Leaving::Message(_, bytes) => {
                        self.trace.note_bytes(&bytes);
                        self.wires[link].send(other, bytes);
                    }
                    Leaving::Close(_) => self.wires[link].end(other),
                }
            }
            if let Some(what) = self.parties[party].broken.take() {
                self.broken.get_or_insert(what);
            }
        }
        self.carry_credits();
        if self.step.is_multiple_of(16) {
            self.check_acknowledged();
        }
    }

    /// What a party believes to be durable at its partner is.
    fn check_acknowledged(&mut self) {
        for link in 0..PROVIDERS {
            let parties = [&self.parties[0], &self.parties[link + 1]];
            if parties.iter().any(|one| one.newest.is_some()) {
                continue;
            }
            for side in 0..2 {
                let (mine, theirs) = (parties[side], parties[1 - side]);
                let at = if side == 0 { link } else { 0 };
                let there = if side == 0 { 0 } else { link };
                let status = mine.links[at].session.status();
                if !matches!(status.state, SyncState::Behind | SyncState::InStep) {
                    continue;
                }
                let author = mine.author as usize;
                let own = mine.disk.state.links[at].halves[author].len() as u64;
                let held = theirs.disk.state.links[there].halves[author].len() as u64;
                let acknowledged = own.saturating_sub(status.to_send);
                if acknowledged > held {
                    let what = format!("{}: {acknowledged} acknowledged, {held} held", mine.name);
                    self.broken.get_or_insert(what);
                }
            }
        }
    }

    fn deliver(&mut self, link: usize, side: usize) -> bool {
        let (party, at) = World::on(link, side);
        if !self.is_up(party) {
            return false;
        }
        for channel in 0..2 {
            let Some(bytes) = self.wires[link].take(side, channel, self.step) else { continue };
            if bytes.is_empty() {
                self.wires[link].is_connected = false;
                self.wires[link].clear();
                self.trace.note(&[1, link as u64], format_args!("link {link}: connection ended"));
                self.parties[party].connected(at, None);
            } else {
                let (kind, name) = (bytes[0], self.parties[party].name);
                let words =
                    format_args!("{name} gets message {kind:#04x} of {} bytes", bytes.len());
                self.trace.note(&[2, link as u64, side as u64, u64::from(kind)], words);
                self.parties[party].give(at, Input::Received(bytes));
            }
            self.after();
            return true;
        }
        false
    }

    fn work(&mut self, party: usize, tasks: u64) -> bool {
        let mut did = false;
        if !self.is_up(party) {
            return did;
        }
        for link in 0..self.parties[party].links.len() {
            for _ in 0..tasks {
                did |= self.parties[party].work(link);
            }
        }
        self.after();
        did
    }

    fn tick(&mut self) {
        for party in 0..self.parties.len() {
            if !self.is_up(party) {
                continue;
            }
            let one = &mut self.parties[party];
            one.world_ms += 1_200;
            for link in 0..one.links.len() {
                one.tick(link);
            }
        }
    }

    fn connect_some(&mut self) {
        for link in 0..PROVIDERS {
            self.connect(link);
        }
    }

    fn connect(&mut self, link: usize) {
        let is_blocked = self.wires[link].is_connected
            || self.wires[link].blocked_until > self.step
            || !self.is_up(0)
            || !self.is_up(link + 1);
        if is_blocked {
            return;
        }
        self.wires[link].clear();
        self.wires[link].is_connected = true;
        self.trace.note(&[3, link as u64], format_args!("link {link}: connected"));
        for side in 0..2 {
            let (party, at) = World::on(link, side);
            self.nonce += 1;
            self.parties[party].connected(at, Some(self.nonce));
            self.after();
        }
    }
}

impl Party {
    /// Says what opens a relationship.
    fn open(&mut self, link: usize, statement: Rc<counterfoil_twin::Statement>) {
        let done = self.add(Change::Due(link, statement)).and_then(|()| self.commit());
        self.settle(done);
    }

    /// The first document of a kind on which work was done.
    fn taken(&self, kind: &str, done: &str) -> Option<(Hash, Rc<[u8]>)> {
        let mut documents = self.disk.state.documents.iter();
        let found = documents.find(|(digest, bytes)| {
            let word = format!("{done}/{}", to_hex(&digest[..]));
            bytes.starts_with(kind.as_bytes()) && self.disk.state.marks.contains_key(&word)
        });
        found.map(|(digest, bytes)| (*digest, bytes.clone()))
    }
}
