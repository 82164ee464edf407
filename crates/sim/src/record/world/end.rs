//! The end of a world: everything works again, and what must be true then.

use super::{PROVIDERS, World};
use crate::fault::Fault;
use crate::record::office::Bill;
use crate::record::oracle;
use counterfoil_twin::sync::SyncState;
use counterfoil_twin::to_hex;

/// Rounds in which a healed world must come to its end.
const ROUNDS_MAX: u64 = 600;

impl World {
    /// Everything works again; the world must come to its end.
    pub(super) fn heal(&mut self) {
        self.lie();
        self.after();
        self.trace.note(&[8], format_args!("everything works again"));
        for party in 0..self.parties.len() {
            let one = &mut self.parties[party];
            (one.ahead_ms, one.down_until) = (0, 0);
            one.disk.clear_trap();
        }
        for link in 0..PROVIDERS {
            self.wires[link].blocked_until = 0;
            if self.wires[link].is_connected {
                self.cut(Fault::Partition, link, 0);
                self.wires[link].blocked_until = 0;
            }
        }
        let mut rest = 0;
        for _ in 0..ROUNDS_MAX {
            self.begin_step();
            let before = self.trace.digest();
            self.round();
            rest = if self.trace.digest() == before { rest + 1 } else { 0 };
            if self.broken.is_some() || (rest > 2 && self.is_done().is_ok()) {
                return;
            }
        }
        let why = self.is_done().err().unwrap_or_default();
        self.broken = Some(format!("the world does not come to its end: {why}"));
    }

    pub(super) fn round(&mut self) {
        self.connect_some();
        for link in 0..PROVIDERS {
            for side in 0..2 {
                while self.deliver(link, side) {}
            }
        }
        for party in 0..self.parties.len() {
            while self.work(party, 8) {}
            self.put_newest_back(party);
            if !self.parties[party].is_free() {
                continue;
            }
            for choice in [3, 5, 7] {
                let done = if party == 0 {
                    self.payer_work(choice)
                } else {
                    self.provider_work(party, choice)
                };
                self.parties[party].settle(done);
            }
            for link in 0..self.parties[party].links.len() {
                while self.parties[party].sign(link) {
                    self.trace.note(&[9], format_args!("signed"));
                }
            }
            self.after();
        }
        self.tick();
        self.after();
    }

    /// What the disks hold, for the reader of a failed world.
    pub(super) fn tell_state(&mut self) {
        for party in &self.parties {
            let state = &party.disk.state;
            for (digest, bytes) in &state.documents {
                let (hex, text) = (to_hex(digest), String::from_utf8_lossy(bytes));
                let words = format_args!("{}: document {} {text:?}", party.name, &hex[..12]);
                self.trace.note(&[], words);
            }
            for (digest, part) in &party.disk.parts {
                let (hex, length) = (to_hex(digest), part.bytes.len());
                let words = format_args!("{}: {length} bytes of {}", party.name, &hex[..12]);
                self.trace.note(&[], words);
            }
            for link in &party.links {
                let words = format_args!("{}: fetching {:?}", party.name, link.fetching());
                self.trace.note(&[], words);
            }
            for (name, claim) in &state.claims {
                self.trace.note(&[], format_args!("{}: {name} {claim:?}", party.name));
            }
            for (word, number) in &state.marks {
                self.trace.note(&[], format_args!("{}: {word} {number}", party.name));
            }
        }
    }

    pub(super) fn is_liar(&self, provider: usize) -> bool {
        self.liar.is_some_and(|(liar, _)| liar == provider)
    }

    /// Nothing is left to do, or what is.
    pub(super) fn is_done(&self) -> Result<(), String> {
        for provider in 0..PROVIDERS {
            if self.is_liar(provider) {
                continue;
            }
            let (payer, one) = (&self.parties[0], &self.parties[provider + 1]);
            if self.handed_in[provider] < self.files[provider].len() {
                return Err(format!("{} has claims left", one.name));
            }
            let claims: usize = self.files[provider].iter().map(Vec::len).sum();
            let mine = payer.disk.state.claims.values().filter(|claim| claim.link == provider);
            let paid = mine.filter(|claim| claim.is_remitted).count();
            if paid < claims {
                return Err(format!("{paid} of {claims} claims of {} are answered", one.name));
            }
            if self.imported[provider] < self.bank[provider].len() {
                return Err(format!("{} has a statement left", one.name));
            }
            for (party, at) in [(payer, provider), (one, 0)] {
                let status = party.links[at].session.status();
                if status.state != SyncState::InStep || party.newest.is_some() {
                    return Err(format!("{}: {:?}", party.name, status));
                }
                if !party.disk.state.links[at].dues.is_empty() {
                    return Err(format!("{} has something left to say", party.name));
                }
            }
            if one.untaken("835", "posted").is_some() {
                return Err(format!("{} has an 835 left", one.name));
            }
            oracle::check_equal(&payer.disk.state, provider, &one.disk.state)?;
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let bills: Vec<Vec<Bill>> = self.files.iter().map(|files| files.concat()).collect();
        for party in &self.parties {
            let named = |what| format!("{}: {what}", party.name);
            oracle::check_books(&party.disk.state).map_err(named)?;
        }
        for (provider, bills) in bills.iter().enumerate() {
            let (payer, one) = (&self.parties[0].disk.state, &self.parties[provider + 1]);
            if let Some((_, size)) = self.liar.filter(|(liar, _)| *liar == provider) {
                let held = payer.links[provider].halves[1].len() as u64;
                if held > size {
                    return Err(format!("the payer holds {held} events, the lie is event {size}"));
                }
                continue;
            }
            let named = |what| format!("{}: {what}", one.name);
            let bank = self.bank[provider].iter().map(|(_, _, cents)| i128::from(*cents)).sum();
            oracle::check_provider(&one.disk.state, bills, bank).map_err(named)?;
            oracle::check_record(&one.disk.state, 0, bills).map_err(named)?;
            oracle::check_record(payer, provider, bills)
                .map_err(|what| format!("payer: {what}"))?;
        }
        if self.liar.is_some() {
            return Ok(());
        }
        let all: Vec<&[Bill]> = bills.iter().map(Vec::as_slice).collect();
        oracle::check_payer(&self.parties[0].disk.state, &all)
            .map_err(|what| format!("payer: {what}"))
    }
}
