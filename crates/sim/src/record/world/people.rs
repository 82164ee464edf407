//! What people do in a world: they work, and they err.

use super::{DAY_MS, PROVIDERS, World};
use crate::fault::Fault;
use crate::plant::Plant;
use crate::record::disk::Stopped;
use crate::record::office::claim_file;

impl World {
    /// One piece of work in an office.
    pub(super) fn office(&mut self, party: usize) {
        if !self.is_up(party) {
            return;
        }
        if !self.parties[party].is_free() {
            return self.put_newest_back(party);
        }
        let name = self.parties[party].name;
        let choice = self.random.below(8);
        self.trace.note(&[4, party as u64, choice], format_args!("{name} works, {choice}"));
        let done =
            if party == 0 { self.payer_work(choice) } else { self.provider_work(party, choice) };
        self.parties[party].settle(done);
        self.after();
    }

    pub(super) fn payer_work(&mut self, choice: u64) -> Result<(), Stopped> {
        let payer = &mut self.parties[0];
        match choice {
            0..=2 => {
                for link in 0..PROVIDERS {
                    payer.sign(link);
                }
                Ok(())
            }
            3..=4 => match payer.untaken("837", "taken") {
                Some((digest, bytes)) => payer.intake(&digest, &bytes),
                None => Ok(()),
            },
            5 => payer.pay(self.random.below(PROVIDERS as u64) as usize),
            _ => {
                let waiting = payer.disk.state.claims.iter().find(|(_, claim)| claim.is_pended);
                match waiting.map(|(name, _)| name.clone()) {
                    Some(name) => payer.decide_by_person(&name),
                    None => Ok(()),
                }
            }
        }
    }

    pub(super) fn provider_work(&mut self, party: usize, choice: u64) -> Result<(), Stopped> {
        let provider = party - 1;
        match choice {
            0..=2 => {
                self.parties[party].sign(0);
                Ok(())
            }
            3..=4 => match self.parties[party].untaken("835", "posted") {
                Some((digest, bytes)) => self.parties[party].post(&digest, &bytes),
                None => Ok(()),
            },
            5 => self.take_statement(provider, self.imported[provider]),
            _ => self.hand_in(provider, self.handed_in[provider]),
        }
    }

    /// A person hands in a claim file; done when it is on the disk.
    pub(super) fn hand_in(&mut self, provider: usize, file: usize) -> Result<(), Stopped> {
        let Some(bills) = self.files[provider].get(file) else { return Ok(()) };
        let bytes = claim_file(provider, bills);
        self.parties[provider + 1].submit(bills, &bytes)?;
        self.handed_in[provider] = self.handed_in[provider].max(file + 1);
        Ok(())
    }

    pub(super) fn take_statement(&mut self, provider: usize, at: usize) -> Result<(), Stopped> {
        let Some((reference, trace, cents)) = self.bank[provider].get(at).cloned() else {
            return Ok(());
        };
        self.parties[provider + 1].take_money(&reference, &trace, cents)?;
        self.imported[provider] = self.imported[provider].max(at + 1);
        Ok(())
    }

    /// The bank takes what the payer has committed, each file once.
    pub(super) fn carry_credits(&mut self) {
        if self.parties[0].newest.is_some() && !self.parties[0].has(Plant::SignAfterRestore) {
            return;
        }
        for (word, cents) in self.parties[0].disk.state.marks.range("credit/".to_owned()..) {
            let mut parts = word.split('/');
            let (Some("credit"), Some(link), Some(trace)) =
                (parts.next(), parts.next().and_then(|l| l.parse::<usize>().ok()), parts.next())
            else {
                break;
            };
            match self.credits.get(word) {
                None => {
                    self.credits.insert(word.clone(), *cents);
                    self.bank[link].push((format!("B-{trace}"), trace.to_owned(), *cents));
                }
                Some(known) if known != cents => {
                    let what = format!("the bank was told to pay {known} and {cents} by {trace}");
                    self.broken.get_or_insert(what);
                }
                Some(_) => {}
            }
        }
    }

    /// Something that a person does again, or the bank.
    pub(super) fn err(&mut self, fault: Fault, party: usize) -> bool {
        if !self.is_up(party) || !self.parties[party].is_free() {
            return false;
        }
        let done = match fault {
            Fault::FileTwice if party == 0 => {
                let again = self.parties[0].taken("837", "taken");
                let Some((digest, bytes)) = again else { return false };
                self.parties[0].intake(&digest, &bytes)
            }
            Fault::FileTwice if self.random.chance(1, 2) => {
                let again = self.parties[party].taken("835", "posted");
                let Some((digest, bytes)) = again else { return false };
                self.parties[party].post(&digest, &bytes)
            }
            Fault::FileTwice if self.handed_in[party - 1] > 0 => {
                let file = self.random.below(self.handed_in[party - 1] as u64) as usize;
                self.hand_in(party - 1, file)
            }
            Fault::DecidedTwice if party == 0 => {
                let claims = &self.parties[0].disk.state.claims;
                let decided = claims.iter().find(|(_, claim)| claim.decisions > 0);
                let Some(name) = decided.map(|(name, _)| name.clone()) else { return false };
                self.parties[0].decide_by_person(&name)
            }
            Fault::StatementTwice if party > 0 && self.imported[party - 1] > 0 => {
                let at = self.random.below(self.imported[party - 1] as u64) as usize;
                self.take_statement(party - 1, at)
            }
            _ => return false,
        };
        self.parties[party].settle(done);
        true
    }

    /// Takes a backup, or puts an older one in place, or the newest again when a node was told.
    pub(super) fn restore_backup(&mut self, party: usize) -> bool {
        if self.parties[party].newest.is_some() {
            self.put_newest_back(party);
            return false;
        }
        let Some(backup) = self.backups[party].take() else {
            self.backups[party] = Some(self.parties[party].disk.clone());
            return false;
        };
        // Two who lose the same days at once are beyond what a record of two can tell.
        if self.parties.iter().any(|one| one.newest.is_some()) {
            return false;
        }
        // Only a backup of which a partner holds more can be noticed by the partner.
        let is_older = (0..self.parties[party].links.len()).any(|at| {
            let (other, there) = if party == 0 { (at + 1, 0) } else { (0, party - 1) };
            let author = self.parties[party].author as usize;
            let held = self.parties[other].disk.state.links[there].halves[author].len();
            self.parties[other].newest.is_none()
                && held > backup.state.links[at].halves[author].len()
        });
        if !is_older {
            return false;
        }
        let one = &mut self.parties[party];
        let newest = std::mem::replace(&mut one.disk, backup);
        one.newest = Some(Box::new(newest));
        one.is_told = false;
        for link in &mut one.links {
            link.is_met = false;
        }
        one.crash();
        true
    }

    pub(super) fn put_newest_back(&mut self, party: usize) {
        let one = &mut self.parties[party];
        if !one.is_told {
            return;
        }
        if let Some(newest) = one.newest.take() {
            one.is_told = false;
            one.change_disk(*newest);
            let words = format_args!("{} was told and puts the newest backup in place", one.name);
            self.trace.note(&[6, party as u64], words);
        }
    }

    /// The provider of some worlds lies, late, when there is something to lie about.
    pub(super) fn lie(&mut self) {
        if self.setting.seed % 16 != 5 || self.liar.is_some() || !self.parties[2].is_free() {
            return;
        }
        let kind = self.random.below(3);
        let size = self.parties[2].disk.state.links[0].halves[1].len() as u64;
        let done = self.parties[2].lie(0, |honest| {
            let mut event = honest.clone();
            match kind {
                0 => event.kind = "claim.paid".into(),
                1 => event.seen_root = [7; 32],
                _ => event.time_ms -= DAY_MS,
            }
            event
        });
        if done && self.parties[2].disk.state.links[0].halves[1].len() as u64 > size {
            self.liar = Some((1, size));
            self.tally.count(Fault::Lie);
            self.trace.note(&[7, kind], format_args!("FAULT practice lies at event {size}"));
        }
    }
}
