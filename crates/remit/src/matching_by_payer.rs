//! The second step of matching, for entries without a trace: payer, amount and day, and only
//! where nothing else of that payer is left unexplained nearby.

use crate::matching::{MatchCause, MatchRule, Matcher};
use counterfoil_base::{Cents, Date, add_days};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// 835s and entries that would explain each other.
struct Proposal {
    rule: MatchRule,
    remits: Vec<usize>,
    entries: Vec<usize>,
}

/// Positions with their days, sorted by day.
type ByDay = Vec<(Date, usize)>;
/// Days of a payer, for looking into a window.
type PayerDays = BTreeSet<(u32, Date)>;

/// Open items by payer, ready to be looked up by amount or day.
#[derive(Default)]
struct OpenItems {
    entries: Vec<(usize, Option<u32>)>,
    entries_by_amount: FxHashMap<(Option<u32>, Cents), ByDay>,
    entries_by_day: BTreeMap<(u32, Date), Vec<usize>>,
    remits_by_amount: FxHashMap<(u32, Cents), ByDay>,
    remits_by_day: BTreeMap<(u32, Date), Vec<usize>>,
}

impl Matcher<'_> {
    /// Matches what only payer, amount and day can match.
    ///
    /// Three kinds of proposal are drawn up: one 835 and one entry of the same amount, all
    /// entries of a day for one 835, all 835s of a day for one entry. A proposal counts when no
    /// other touches its items and no item of the payer near it stays without a proposal: an
    /// unexplained neighbour could belong to it.
    pub(crate) fn by_payer(&mut self) {
        let items = self.open_items();
        let mut proposals = self.pairs(&items);
        proposals.extend(self.splits(&items));
        proposals.extend(self.deposits(&items));
        let (mut remit_uses, mut entry_uses) = (FxHashMap::default(), FxHashMap::default());
        for proposal in &proposals {
            proposal.remits.iter().for_each(|r| *remit_uses.entry(*r).or_insert(0u32) += 1);
            proposal.entries.iter().for_each(|e| *entry_uses.entry(*e).or_insert(0u32) += 1);
        }
        let explained = |uses: &FxHashMap<usize, u32>, item: &usize| uses.get(item) == Some(&1);
        let alone = |proposal: &Proposal| {
            proposal.remits.iter().all(|remit| explained(&remit_uses, remit))
                && proposal.entries.iter().all(|entry| explained(&entry_uses, entry))
        };
        let (kept, refused): (Vec<_>, Vec<_>) = proposals.into_iter().partition(alone);
        for proposal in refused {
            self.note_ambiguous(&proposal);
        }
        let unexplained_remits = days_without(&items.remits_by_day, &kept, |p| &p.remits);
        let unexplained_entries = days_without(&items.entries_by_day, &kept, |p| &p.entries);
        for proposal in kept {
            if self.has_neighbour(&proposal, &unexplained_remits, &unexplained_entries) {
                self.note_ambiguous(&proposal);
            } else {
                let outcome = (MatchCause::Matched, proposal.rule);
                self.settle(outcome, proposal.remits, proposal.entries);
            }
        }
    }

    fn note_ambiguous(&mut self, proposal: &Proposal) {
        proposal.remits.iter().for_each(|r| self.remit_note[*r] = MatchRule::Ambiguous);
        proposal.entries.iter().for_each(|e| self.entry_note[*e] = MatchRule::Ambiguous);
    }

    /// Credits without trace or check number, and dated 835s that are not paid by check.
    fn open_items(&self) -> OpenItems {
        let mut items = OpenItems::default();
        for entry in self.open_entries() {
            let e = &self.entries[entry];
            let traced = e.trace.is_some() || !e.check_number.is_empty();
            if traced || e.amount_cents <= Cents::ZERO {
                continue;
            }
            let payer = self.payers.named_in(&e.description);
            items.entries.push((entry, payer));
            let amount = (payer, e.amount_cents);
            items.entries_by_amount.entry(amount).or_default().push((e.date, entry));
            if let Some(payer) = payer {
                items.entries_by_day.entry((payer, e.date)).or_default().push(entry);
            }
        }
        for remit in self.open_remits() {
            let r = &self.remits[remit];
            if let (Some(day), false) = (r.effective_date, r.by_check) {
                let payer = self.payers.of_remit(remit);
                let amount = (payer, r.amount_cents);
                items.remits_by_amount.entry(amount).or_default().push((day, remit));
                items.remits_by_day.entry((payer, day)).or_default().push(remit);
            }
        }
        items.entries_by_amount.values_mut().for_each(|list| list.sort_unstable());
        items.remits_by_amount.values_mut().for_each(|list| list.sort_unstable());
        items
    }

    /// One 835 and one entry of the same payer and amount, each the only one for the other.
    fn pairs(&mut self, items: &OpenItems) -> Vec<Proposal> {
        let window = self.options.window_days;
        let mut pairs = Vec::new();
        for (entry, payer) in &items.entries {
            let Some(payer) = *payer else { continue };
            let (day, amount) = (self.entries[*entry].date, self.entries[*entry].amount_cents);
            let near = within(items.remits_by_amount.get(&(payer, amount)), day, window);
            let Some((due, remit)) = near.first().copied() else { continue };
            let rivals = within(items.entries_by_amount.get(&(Some(payer), amount)), due, window);
            let unnamed = within(items.entries_by_amount.get(&(None, amount)), due, window);
            if near.len() == 1 && rivals.len() == 1 && unnamed.is_empty() {
                let rule = MatchRule::PayerAmountDay;
                pairs.push(Proposal { rule, remits: vec![remit], entries: vec![*entry] });
            } else {
                self.entry_note[*entry] = MatchRule::Ambiguous;
                self.remit_note[remit] = MatchRule::Ambiguous;
            }
        }
        pairs
    }

    /// All entries of a payer and day, at least two, that add up to the one 835 near them.
    fn splits(&self, items: &OpenItems) -> Vec<Proposal> {
        let mut splits = Vec::new();
        for ((payer, day), entries) in &items.entries_by_day {
            let sum = i64::try_from(self.entry_sum(entries)).map(Cents);
            let (Ok(sum), 2..) = (sum, entries.len()) else { continue };
            let remits = items.remits_by_amount.get(&(*payer, sum));
            if let [(_, remit)] = *within(remits, *day, self.options.window_days) {
                let (rule, remits) = (MatchRule::PayerDaySplit, vec![remit]);
                splits.push(Proposal { rule, remits, entries: entries.clone() });
            }
        }
        splits
    }

    /// All 835s of a payer and day, at least two, that add up to the one entry near them.
    fn deposits(&self, items: &OpenItems) -> Vec<Proposal> {
        let mut deposits = Vec::new();
        for ((payer, day), remits) in &items.remits_by_day {
            let sum = i64::try_from(self.remit_sum(remits)).map(Cents);
            let (Ok(sum), 2..) = (sum, remits.len()) else { continue };
            let entries = items.entries_by_amount.get(&(Some(*payer), sum));
            if let [(_, entry)] = *within(entries, *day, self.options.window_days) {
                let (rule, entries) = (MatchRule::PayerDayDeposit, vec![entry]);
                deposits.push(Proposal { rule, remits: remits.clone(), entries });
            }
        }
        deposits
    }

    /// True when something of the payer near the proposal has no explanation of its own.
    fn has_neighbour(
        &self,
        proposal: &Proposal,
        remit_days: &PayerDays,
        entry_days: &PayerDays,
    ) -> bool {
        let payer = proposal.remits.first().map_or(u32::MAX, |r| self.payers.of_remit(*r));
        let window = self.options.window_days;
        let near = |days: &PayerDays, day: Date| {
            let from = add_days(day, -window).unwrap_or(Date::MIN);
            let to = add_days(day, window).unwrap_or(Date::MAX);
            days.range((payer, from)..=(payer, to)).next().is_some()
        };
        let mut entry_dates = proposal.entries.iter().map(|entry| self.entries[*entry].date);
        let mut due = proposal.remits.iter().filter_map(|r| self.remits[*r].effective_date);
        entry_dates.any(|day| near(remit_days, day)) || due.any(|day| near(entry_days, day))
    }
}

/// Days on which a payer has an item that no kept proposal explains.
fn days_without(
    by_day: &BTreeMap<(u32, Date), Vec<usize>>,
    kept: &[Proposal],
    side: impl Fn(&Proposal) -> &Vec<usize>,
) -> PayerDays {
    let explained: BTreeSet<usize> = kept.iter().flat_map(|p| side(p).iter().copied()).collect();
    let open = by_day.iter().filter(|(_, list)| list.iter().any(|i| !explained.contains(i)));
    open.map(|(day, _)| *day).collect()
}

/// The part of a list sorted by day that lies within the window around a day.
fn within(list: Option<&ByDay>, day: Date, window: i64) -> &[(Date, usize)] {
    let list = list.map_or(&[][..], Vec::as_slice);
    let from = add_days(day, -window).unwrap_or(Date::MIN);
    let to = add_days(day, window).unwrap_or(Date::MAX);
    let start = list.partition_point(|(other, _)| *other < from);
    let end = list.partition_point(|(other, _)| *other <= to);
    list.get(start..end).unwrap_or(&[])
}
