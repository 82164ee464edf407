//! One world of real offices: who is in it, and what happens step by step.

mod end;
mod harm;

use crate::fault::{Fault, Tally};
use crate::network::Wire;
use crate::office::files::{CLAIMS_MAX, PROVIDERS, claim_file, day};
use crate::office::party::{Pairing, Party};
use crate::report::{Outcome, Setting};
use crate::trace::Trace;
use counterfoil_base::{Cents, Text, add_days};
use counterfoil_corpus::Random;
use counterfoil_operations::OperationsError;
use counterfoil_remit::{self as remit, BankEntry};
use counterfoil_twin::Author;
use counterfoil_twin::sync::Input;
use std::collections::BTreeMap;

const START_MS: i64 = 1_751_960_000_000;

/// A world.
pub struct World {
    random: Random,
    setting: Setting,
    step: u64,
    /// The payer, then the providers.
    parties: Vec<Party>,
    ahead_ms: [i64; 3],
    is_full: [bool; 3],
    wires: [Wire; 2],
    nonce: u64,
    files: [Vec<Vec<u8>>; 2],
    claims: [u32; 2],
    handed_in: [usize; 2],
    /// Bank files that were taken, by name.
    credits: BTreeMap<String, Vec<u8>>,
    bank: [Vec<BankEntry>; 2],
    read: [usize; 2],
    tally: Tally,
    trace: Trace,
    broken: Option<String>,
}

fn some_bytes(random: &mut Random) -> [u8; 32] {
    let mut bytes = [0; 32];
    for part in bytes.chunks_mut(8) {
        part.copy_from_slice(&random.number().to_be_bytes());
    }
    bytes
}

impl World {
    /// A world as it begins: relationships are open, nothing else was said.
    ///
    /// # Errors
    /// When a database cannot be made.
    pub fn new(setting: Setting) -> Result<World, OperationsError> {
        let mut random = Random::of(setting.seed, 2, 0);
        let payer = some_bytes(&mut random);
        let pairings: Vec<Pairing> = (0..PROVIDERS.len())
            .map(|_| (payer, some_bytes(&mut random), some_bytes(&mut random)))
            .collect();
        let mut parties = vec![Party::new(None, &pairings)?];
        for (provider, pairing) in pairings.iter().enumerate() {
            parties.push(Party::new(Some(provider), std::slice::from_ref(pairing))?);
        }
        let mut claims = [0; 2];
        let files = [0, 1].map(|provider| {
            let (mut files, mut bit) = (Vec::new(), 0);
            let most = 6 + random.below(12) as u32;
            while bit < most.min(CLAIMS_MAX) {
                let end = (bit + 1 + random.below(4) as u32).min(CLAIMS_MAX);
                files.push(claim_file(provider, files.len() as u32, bit..end));
                bit = end;
            }
            claims[provider] = bit;
            files
        });
        Ok(World {
            random,
            step: 0,
            parties,
            ahead_ms: [0; 3],
            is_full: [false; 3],
            wires: Default::default(),
            nonce: setting.seed << 24,
            files,
            claims,
            handed_in: [0; 2],
            credits: BTreeMap::new(),
            bank: Default::default(),
            read: [0; 2],
            tally: Tally::default(),
            trace: Trace::new(setting.is_told),
            broken: None,
            setting,
        })
    }

    /// Runs the world to its end.
    #[must_use]
    pub fn run(mut self) -> Outcome {
        while self.step < self.setting.steps && self.broken.is_none() {
            self.begin_step();
            self.choose();
        }
        if self.broken.is_none() {
            self.heal();
        }
        if self.broken.is_none() {
            self.broken = self.check().err();
        }
        let events =
            self.parties.iter().skip(1).flat_map(|party| {
                Author::BOTH.map(|author| party.exchanges[0].session().size(author))
            });
        Outcome {
            events: events.sum(),
            tally: self.tally,
            digest: self.trace.digest(),
            claims: self.claims.iter().map(|claims| u64::from(*claims)).sum(),
            steps: self.step,
            violation: self.broken,
            lines: self.trace.lines().to_vec(),
        }
    }

    fn begin_step(&mut self) {
        self.step += 1;
        self.trace.at(self.step);
        for (party, ahead) in self.parties.iter_mut().zip(self.ahead_ms) {
            party.around.now_ms = START_MS + self.step as i64 * 20 + ahead;
        }
    }

    fn is_up(&self, party: usize) -> bool {
        self.parties[party].down_until <= self.step
    }

    fn choose(&mut self) {
        let party = self.random.below(3) as usize;
        let (link, side) = (self.random.below(2) as usize, self.random.below(2) as usize);
        match self.random.below(100) {
            0..=39 => {
                for _ in 0..=self.random.below(3) {
                    self.deliver(link, side);
                }
            }
            40..=49 => {
                let choice = self.random.below(5);
                self.work(party, choice);
            }
            50..=52 => self.tick(),
            53..=54 => self.connect_all(),
            _ => self.fault(link, side, party),
        }
    }

    /// Which party is on a side of a wire, and its number of the link.
    fn on(link: usize, side: usize) -> (usize, usize) {
        if side == 0 { (0, link) } else { (link + 1, 0) }
    }

    /// Looks at how work ended, and carries what has left the party.
    fn settle(&mut self, party: usize, done: Result<(), OperationsError>) {
        let is_full = self.is_full[party];
        let one = &mut self.parties[party];
        if one.around.store.is_gone() {
            self.tally.count(Fault::CrashInTransaction);
            let words = format_args!("FAULT {} died in the middle of its work", one.name);
            self.trace.note(&[1, party as u64], words);
            one.crash();
        } else if let Err(cause) = done {
            if is_full {
                self.tally.count(Fault::DiskFull);
                self.trace.note(&[2, party as u64], format_args!("FAULT {}: {cause}", one.name));
            } else {
                self.broken.get_or_insert(format!("{}: {cause}", one.name));
            }
        }
        let one = &mut self.parties[party];
        if let Some(what) = one.around.broken.take() {
            self.broken.get_or_insert(format!("{}: {what}", one.name));
        }
        for (at, bytes) in std::mem::take(&mut one.around.leaving) {
            let (link, other) = if party == 0 { (at, 1) } else { (party - 1, 0) };
            match bytes {
                Some(bytes) => {
                    self.trace.note_bytes(&bytes);
                    self.wires[link].send(other, bytes);
                }
                None => self.wires[link].end(other),
            }
        }
    }

    fn give(&mut self, party: usize, link: usize, input: Input) {
        self.parties[party].give(link, input);
        self.settle(party, Ok(()));
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
                self.trace.note(&[3, link as u64], format_args!("link {link}: connection ended"));
                self.give(party, at, Input::Disconnected);
            } else {
                let (kind, name) = (bytes[0], self.parties[party].name);
                let words =
                    format_args!("{name} gets message {kind:#04x} of {} bytes", bytes.len());
                self.trace.note(&[4, link as u64, side as u64, u64::from(kind)], words);
                self.give(party, at, Input::Received(bytes));
            }
            return true;
        }
        false
    }

    fn tick(&mut self) {
        for party in 0..3 {
            if self.is_up(party) {
                self.parties[party].around.now_ms += 1_200;
                for link in 0..self.parties[party].exchanges.len() {
                    let now_ms = self.parties[party].around.now_ms;
                    self.give(party, link, Input::Tick { now_ms });
                }
            }
        }
    }

    fn connect_all(&mut self) {
        for link in 0..2 {
            let is_blocked = self.wires[link].is_connected
                || self.wires[link].blocked_until > self.step
                || !self.is_up(0)
                || !self.is_up(link + 1);
            if is_blocked {
                continue;
            }
            self.wires[link].clear();
            self.wires[link].is_connected = true;
            self.trace.note(&[5, link as u64], format_args!("link {link}: connected"));
            for side in 0..2 {
                let (party, at) = World::on(link, side);
                self.nonce += 1;
                let (nonce, now_ms) = (self.nonce, self.parties[party].around.now_ms);
                self.give(party, at, Input::Connected { nonce, now_ms });
            }
        }
    }

    /// One piece of work in an office.
    fn work(&mut self, party: usize, choice: u64) {
        if !self.is_up(party) {
            return;
        }
        let name = self.parties[party].name;
        self.trace.note(&[6, party as u64, choice], format_args!("{name} works, {choice}"));
        let done = match (choice, party) {
            (0 | 1, _) => self.parties[party].sign(),
            (2, _) => self.take_document(party),
            (3, 0) => self.parties[0].pay(),
            (_, 0) => Ok(()),
            (3, _) => self.hand_in(party, self.handed_in[party - 1]),
            _ => self.read_bank(party),
        };
        self.settle(party, done);
        self.carry_credits();
    }

    fn take_document(&mut self, party: usize) -> Result<(), OperationsError> {
        match self.parties[party].held()?.first() {
            Some(row) => self.parties[party].take(row),
            None => Ok(()),
        }
    }

    fn hand_in(&mut self, party: usize, file: usize) -> Result<(), OperationsError> {
        let Some(bytes) = self.files[party - 1].get(file) else { return Ok(()) };
        self.parties[party].submit(&format!("claims-{file}.x12"), bytes)?;
        self.handed_in[party - 1] = self.handed_in[party - 1].max(file + 1);
        Ok(())
    }

    fn read_bank(&mut self, party: usize) -> Result<(), OperationsError> {
        let so_far = self.bank[party - 1].len();
        if so_far == 0 {
            return Ok(());
        }
        // A statement repeats what earlier ones said.
        let from = self.random.below(self.read[party - 1] as u64 + 1) as usize;
        if from < self.read[party - 1] {
            self.tally.count(Fault::StatementTwice);
        }
        self.parties[party].read_statement(&self.bank[party - 1][from..so_far])?;
        self.read[party - 1] = so_far;
        Ok(())
    }

    /// The bank takes the payer's CCD+ files, each name once, and reads them by itself.
    fn carry_credits(&mut self) {
        let drawer = &self.parties[0].drawer.0;
        for (name, bytes) in drawer.range("ccd-".to_owned().."ccd.".to_owned()) {
            match self.credits.get(name) {
                Some(known) if known != bytes => {
                    self.broken.get_or_insert(format!("{name} came with other bytes"));
                }
                Some(_) => {}
                None => {
                    self.credits.insert(name.clone(), bytes.clone());
                    for (provider, entry) in credits(bytes) {
                        self.bank[provider].push(entry);
                    }
                }
            }
        }
    }
}

/// Entries and addenda of a CCD+ file, by the fixed columns of the NACHA format.
fn credits(bytes: &[u8]) -> Vec<(usize, BankEntry)> {
    let text = String::from_utf8_lossy(bytes);
    let mut found: Vec<(usize, BankEntry)> = Vec::new();
    for (line, record) in (1..).zip(text.lines()) {
        if record.starts_with('6') {
            let provider = usize::from(record[12..29].trim() == "700002");
            let cents = record[29..39].parse().unwrap_or(0);
            let entry = BankEntry {
                reference: Text::default(),
                bank_gave_reference: true,
                date: add_days(day(), 1).unwrap_or(day()),
                amount_cents: Cents(cents),
                trace: None,
                check_number: Text::default(),
                description: Text::from("FOXGLOVE CCD"),
                is_return: false,
                line,
            };
            found.push((provider, entry));
        } else if record.starts_with('7')
            && let Some((_, entry)) = found.last_mut()
        {
            let mut parts = record[3..83].split('*').skip(2);
            let number = parts.next().unwrap_or_default().trim_end_matches(['\\', '~', ' ']);
            let payer = parts.next().unwrap_or_default().trim_end_matches(['\\', '~', ' ']);
            entry.reference = Text::from(format!("B{number}"));
            entry.trace = Some(remit::Trace {
                number: Text::from(number),
                payer_identifier: Text::from(payer),
                ..remit::Trace::default()
            });
        }
    }
    found
}
