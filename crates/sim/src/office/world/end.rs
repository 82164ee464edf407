//! The end of a world of offices: everything works again, and what must be true then.

use super::World;
use crate::fault::Fault;
use crate::office::files::account;
use crate::totals::{balances, bits};
use counterfoil_operations::halves::load_twin;
use counterfoil_twin::Match;
use counterfoil_twin::sync::SyncState;
use std::collections::BTreeMap;

/// Rounds in which a healed world must come to its end.
const ROUNDS_MAX: u64 = 400;

impl World {
    /// Everything works again; the world must come to its end.
    pub(super) fn heal(&mut self) {
        self.trace.note(&[8], format_args!("everything works again"));
        self.ahead_ms = [0; 3];
        for party in 0..3 {
            self.is_full[party] = false;
            let one = &mut self.parties[party];
            one.down_until = 0;
            one.around.store.go_away_after(None);
            let done = one.around.store.leave_room(None);
            self.broken = self.broken.take().or(done.err().map(|cause| cause.to_string()));
        }
        for link in 0..2 {
            self.cut(Fault::Cut, link, 0);
            self.wires[link].blocked_until = 0;
        }
        let mut why = String::new();
        for round in 0..ROUNDS_MAX {
            self.begin_step();
            self.connect_all();
            for link in 0..2 {
                for side in 0..2 {
                    while self.deliver(link, side) {}
                }
            }
            for party in 0..3 {
                for choice in [3, 2, 4, 0] {
                    self.work(party, choice);
                }
            }
            self.tick();
            if self.broken.is_some() {
                return;
            }
            if round % 8 == 7 {
                match self.is_done() {
                    Ok(()) => return,
                    Err(left) => why = left,
                }
            }
        }
        self.broken = Some(format!("the world does not come to its end: {why}"));
    }

    pub(super) fn is_done(&mut self) -> Result<(), String> {
        for provider in 0..2 {
            let name = self.parties[provider + 1].name;
            if self.handed_in[provider] < self.files[provider].len() {
                return Err(format!("{name} has claims left"));
            }
            if self.read[provider] < self.bank[provider].len() {
                return Err(format!("{name} has a statement left"));
            }
            for (party, at) in [(0, provider), (provider + 1, 0)] {
                let one = &mut self.parties[party];
                let status = one.exchanges[at].session().status();
                if status.state != SyncState::InStep || !one.held().map_err(words)?.is_empty() {
                    return Err(format!("{}: {status:?}, or a document waits", one.name));
                }
                let id = one.relations[at].id;
                let ask = |tx: &counterfoil_store::Transaction<'_>| tx.twin_claims(id);
                let rows = one.around.store.transaction("claims", ask).map_err(words)?;
                let is_open = rows
                    .iter()
                    .any(|row| row.standing != "paid" || row.posted_cents != row.paid_cents);
                if is_open || rows.len() != self.claims[provider] as usize {
                    let open: Vec<_> = rows.iter().filter(|row| row.posted_cents == 0).collect();
                    let (name, count) = (one.name, rows.len());
                    return Err(format!("{name}: {count} claims, not posted: {open:?}"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn check(&mut self) -> Result<(), String> {
        let mut all = 0i128;
        for provider in 0..2 {
            let whole = (1i128 << self.claims[provider]) - 1;
            all += whole;
            self.check_provider(provider, whole)?;
            self.check_halves(provider)?;
        }
        let sums = self.sums(0)?;
        expect(&sums, "payer.cash", -all)?;
        expect(&sums, "payer.claims_payable", 0)?;
        expect(&sums, "payer.claims_incurred", all)
    }

    pub(super) fn check_provider(&mut self, provider: usize, whole: i128) -> Result<(), String> {
        let paid: i128 = self.bank[provider].iter().map(|one| i128::from(one.amount_cents.0)).sum();
        if paid != whole {
            return Err(format!("the bank paid {}, not {}", bits(paid), bits(whole)));
        }
        let sums = self.sums(provider + 1)?;
        expect(&sums, "provider.cash", whole)?;
        expect(&sums, "provider.billed_revenue", -whole)?;
        expect(&sums, "provider.receivable", 0)?;
        expect(&sums, "provider.payments_expected", 0)?;
        expect(&sums, "provider.unapplied_cash", 0)
    }

    /// Balances added up from the entries, one by one.
    pub(super) fn sums(&mut self, party: usize) -> Result<BTreeMap<String, i128>, String> {
        let one = &mut self.parties[party];
        let ask = |tx: &counterfoil_store::Transaction<'_>| tx.entries_after(0, 100_000);
        let entries = one.around.store.transaction("entries", ask).map_err(words)?;
        balances(entries.iter().map(|(_, entry)| entry))
    }

    /// Both hold the same events and see the same states, and each claim is what it should be.
    pub(super) fn check_halves(&mut self, provider: usize) -> Result<(), String> {
        let mut views = Vec::new();
        for (party, at) in [(0, provider), (provider + 1, 0)] {
            let one = &mut self.parties[party];
            let relation = one.relations[at].clone();
            let loaded = one.around.store.transaction("load", |tx| load_twin(tx, &relation));
            let mut twin = loaded.map_err(|cause| cause.to_string())?;
            views.push((twin.standpoint(), relation.relationship.id));
            let ask = |tx: &counterfoil_store::Transaction<'_>| tx.twin_claims(relation.id);
            let rows = one.around.store.transaction("claims", ask).map_err(words)?;
            for bit in 0..self.claims[provider] {
                let number = account(provider, bit);
                let row = rows.iter().find(|row| row.patient_control_number == number);
                let row = row.ok_or(format!("{}: {number} is not there", one.name))?;
                let cents = 1i64 << bit;
                let said = [row.charge_cents, row.paid_cents, row.posted_cents];
                if said != [cents; 3] || row.out_of_turn != 0 {
                    return Err(format!("{}: {row:?} should be {cents}", one.name));
                }
            }
        }
        match views[0].0.compare(&views[1].0, &views[0].1) {
            Match::Equal { .. } => Ok(()),
            other => Err(format!("link {provider}: {other:?}")),
        }
    }
}

fn words(cause: impl std::fmt::Display) -> String {
    cause.to_string()
}

/// An account, over all its parties.
fn expect(sums: &BTreeMap<String, i128>, account: &str, cents: i128) -> Result<(), String> {
    let is_of = |name: &str| name == account || name.starts_with(&format!("{account}/"));
    let found: i128 = sums.iter().filter(|(name, _)| is_of(name)).map(|(_, cents)| cents).sum();
    if found == cents {
        return Ok(());
    }
    Err(format!("{account} holds {}, not {}", bits(found), bits(cents)))
}
