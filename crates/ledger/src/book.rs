//! A book: balances by account and subject as a fold over entries, each judged before it counts.

use crate::account::Account;
use crate::entry::{CanonicalHasher, Digest, Entry, EntryFacts, Posting, Subject, Verdict, judge};
use crate::error::LedgerError;
use crate::statement::{TrialBalance, TrialBalanceLine};
use counterfoil_base::{Cents, Text};
use rustc_hash::FxHashMap;

/// What a book did with the entries it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Entries that were new and now count.
    pub new: usize,
    /// Entries that were already in the book.
    pub known: usize,
}

/// The state of one side's ledger.
#[derive(Clone, Debug, Default)]
pub struct Book {
    facts: FxHashMap<Text, EntryFacts>,
    balances: FxHashMap<Account, FxHashMap<Subject, Cents>>,
    totals: FxHashMap<Account, Totals>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    debit_cents: Cents,
    credit_cents: Cents,
}

impl Book {
    /// Replays a list of entries into a book.
    pub fn replay<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Book, LedgerError> {
        let mut book = Book::default();
        for entry in entries {
            book.post(entry)?;
        }
        Ok(book)
    }

    /// Takes one entry, or refuses it and stays as it was.
    pub fn post(&mut self, entry: &Entry) -> Result<Verdict, LedgerError> {
        let original = entry.reverses.as_ref().and_then(|key| self.facts.get(key));
        let verdict = judge(entry, self.facts.get(&entry.key), original)?;
        if verdict == Verdict::Known {
            return Ok(verdict);
        }
        for (index, posting) in entry.postings.iter().enumerate() {
            if self.add(posting).is_none() {
                self.drop_untouched(&posting.account);
                entry.postings[..index].iter().for_each(|done| self.take_out(done));
                return Err(LedgerError::TooLarge { key: entry.key.clone() });
            }
        }
        if let Some(original) = entry.reverses.as_ref().and_then(|key| self.facts.get_mut(key)) {
            original.reversed_by = Some(entry.key.clone());
        }
        self.facts.insert(entry.key.clone(), entry.facts());
        Ok(verdict)
    }

    /// Takes all entries, or refuses them all and stays as it was.
    pub fn post_all(&mut self, entries: &[Entry]) -> Result<Posted, LedgerError> {
        let mut posted = Posted::default();
        let mut done: Vec<&Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match self.post(entry) {
                Ok(Verdict::New) => {
                    posted.new += 1;
                    done.push(entry);
                }
                Ok(Verdict::Known) => posted.known += 1,
                Err(error) => {
                    done.iter().rev().for_each(|entry| self.forget(entry));
                    return Err(error);
                }
            }
        }
        Ok(posted)
    }

    /// What an account stands at for one subject; debits are positive.
    #[must_use]
    pub fn balance_of(&self, account: &Account, subject: &Subject) -> Cents {
        let by_subject = self.balances.get(account);
        by_subject.and_then(|subjects| subjects.get(subject)).copied().unwrap_or_default()
    }

    /// What an account stands at over all subjects; debits are positive.
    #[must_use]
    pub fn balance(&self, account: &Account) -> Cents {
        let totals = self.totals.get(account).copied().unwrap_or_default();
        totals.debit_cents - totals.credit_cents
    }

    /// The open subjects of an account with what each stands at, in the order of subjects.
    #[must_use]
    pub fn balances_by_subject(&self, account: &Account) -> Vec<(Subject, Cents)> {
        let mut open: Vec<(Subject, Cents)> = self
            .balances
            .get(account)
            .into_iter()
            .flatten()
            .filter(|(_, cents)| !cents.is_zero())
            .map(|(subject, cents)| (subject.clone(), *cents))
            .collect();
        open.sort();
        open
    }

    /// What is remembered of an entry.
    #[must_use]
    pub fn facts(&self, key: &str) -> Option<&EntryFacts> {
        self.facts.get(key)
    }

    /// How many entries the book has taken.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.facts.len()
    }

    /// Every account with its debits, credits and balance; its total is zero in every state.
    #[must_use]
    pub fn trial_balance(&self) -> TrialBalance {
        let mut lines: Vec<TrialBalanceLine> = self
            .totals
            .iter()
            .map(|(account, totals)| TrialBalanceLine {
                account: account.clone(),
                debit_cents: totals.debit_cents,
                credit_cents: totals.credit_cents,
                balance_cents: totals.debit_cents - totals.credit_cents,
            })
            .collect();
        lines.sort_by(|left, right| left.account.cmp(&right.account));
        TrialBalance { lines }
    }

    /// Digest of the whole state: every balance by account and subject, and every entry.
    ///
    /// Two books that took the same entries, in whatever order, have the same digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = CanonicalHasher::default();
        hasher.text("book/1");
        for line in self.trial_balance().lines {
            hasher.account(&line.account);
            hasher.amount(i128::from(line.debit_cents.0));
            hasher.amount(i128::from(line.credit_cents.0));
            for (subject, cents) in self.balances_by_subject(&line.account) {
                hasher.subject(&subject);
                hasher.amount(i128::from(cents.0));
            }
        }
        let mut entries: Vec<_> = self.facts.iter().collect();
        entries.sort_by(|left, right| left.0.cmp(right.0));
        for (key, facts) in entries {
            hasher.text(key);
            hasher.bytes(&facts.content.0);
            hasher.text(facts.reversed_by.as_deref().unwrap_or(""));
        }
        hasher.finish()
    }

    /// Adds one posting; nothing, and no change, when a total would leave the range of money.
    fn add(&mut self, posting: &Posting) -> Option<()> {
        let totals = self.totals.entry(posting.account.clone()).or_default();
        let by_subject = self.balances.entry(posting.account.clone()).or_default();
        let balance = by_subject.entry(posting.subject.clone()).or_default();
        let next_balance = balance.checked_add(posting.amount_cents)?;
        let amount = posting.amount_cents;
        let next = if amount.is_negative() {
            let credit_cents = totals.credit_cents.checked_sub(amount)?;
            Totals { credit_cents, ..*totals }
        } else {
            Totals { debit_cents: totals.debit_cents.checked_add(amount)?, ..*totals }
        };
        *totals = next;
        *balance = next_balance;
        Some(())
    }

    /// Undoes [`Book::add`] of a posting that was added.
    fn take_out(&mut self, posting: &Posting) {
        let amount = posting.amount_cents;
        if let Some(totals) = self.totals.get_mut(&posting.account) {
            if amount.is_negative() {
                totals.credit_cents += amount;
            } else {
                totals.debit_cents -= amount;
            }
        }
        let by_subject = self.balances.get_mut(&posting.account);
        if let Some(balance) = by_subject.and_then(|map| map.get_mut(&posting.subject)) {
            *balance -= amount;
        }
        self.drop_untouched(&posting.account);
    }

    /// An account that only a refused entry named leaves no trace in the state.
    fn drop_untouched(&mut self, account: &Account) {
        let untouched =
            |totals: &Totals| totals.debit_cents.is_zero() && totals.credit_cents.is_zero();
        if self.totals.get(account).is_some_and(untouched) {
            self.totals.remove(account);
            self.balances.remove(account);
        }
    }

    /// Undoes [`Book::post`] of the entry that was booked last.
    fn forget(&mut self, entry: &Entry) {
        entry.postings.iter().for_each(|posting| self.take_out(posting));
        self.facts.remove(&entry.key);
        if let Some(original) = entry.reverses.as_ref().and_then(|key| self.facts.get_mut(key)) {
            original.reversed_by = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountKind;
    use crate::statement::statement;
    use counterfoil_base::Date;

    fn day(day: i8) -> Date {
        Date::new(2026, 3, day).unwrap()
    }

    fn billed(key: &str, claim: &str, cents: i64) -> Entry {
        let claim = &Subject::claim(claim);
        let mut entry = Entry::new(key, day(1), "test.billed");
        let revenue = (AccountKind::BilledRevenue.whole(), claim);
        entry.transfer((AccountKind::Receivable.of("P1"), claim), revenue, Cents(cents));
        entry
    }

    #[test]
    fn a_refused_entry_leaves_the_book_as_it_was() {
        let first = billed("a", "C1", 100);
        let undo = first.reversal("undo-a", day(2), "billed twice");
        let mut unbalanced = billed("b", "C2", 100);
        unbalanced.postings[0].amount_cents = Cents(101);
        let mut mixed = billed("c", "C2", 100);
        mixed.postings[0].account = AccountKind::PayerCash.whole();
        let mut nothing = billed("d", "C2", 100);
        nothing.postings.iter_mut().for_each(|posting| posting.amount_cents = Cents::ZERO);
        let mut not_mirror = undo.clone();
        not_mirror.key = Text::from("other");
        not_mirror.postings[0].subject = Subject::claim("C9");
        let mut unknown = undo.clone();
        unknown.reverses = Some(Text::from("nowhere"));
        let mut extreme = billed("e", "C2", 1);
        extreme.postings[0].amount_cents = Cents(i64::MIN);
        for (entry, code) in [
            (billed("", "C2", 1), "LEDGER-key-missing"),
            (unbalanced, "LEDGER-unbalanced"),
            (mixed, "LEDGER-mixed-sides"),
            (nothing, "LEDGER-no-postings"),
            (not_mirror, "LEDGER-not-a-mirror"),
            (unknown, "LEDGER-original-unknown"),
            (extreme, "LEDGER-too-large"),
            (billed("a", "C1", 200), "LEDGER-key-reused"),
            (billed("f", "C1", i64::MAX), "LEDGER-too-large"),
        ] {
            let mut book = Book::replay([&first]).unwrap();
            let before = book.digest();
            let error = book.post(&entry).unwrap_err();
            assert_eq!(error.finding().code, code);
            assert_eq!(book.digest(), before, "{code}");
        }
    }

    #[test]
    fn an_entry_is_undone_once_and_only_by_its_mirror() {
        let first = billed("a", "C1", 100);
        let undo = first.reversal("undo-a", day(2), "billed twice");
        let mut book = Book::replay([&first, &undo]).unwrap();
        let receivable = AccountKind::Receivable.of("P1");
        assert_eq!(book.balance(&receivable), Cents::ZERO);
        assert_eq!(book.facts("a").unwrap().reversed_by.as_deref(), Some("undo-a"));
        assert_eq!(book.post(&undo), Ok(Verdict::Known));
        let again = first.reversal("undo-a-again", day(3), "billed twice");
        let twice = undo.reversal("undo-undo", day(3), "a mistake");
        for entry in [again, twice] {
            let error = book.post(&entry).unwrap_err();
            assert_eq!(error.finding().code, "LEDGER-already-reversed");
        }
    }

    #[test]
    fn a_batch_counts_whole_or_not_at_all() {
        let first = billed("a", "C1", 100);
        let mut book = Book::replay([&first]).unwrap();
        let before = book.digest();
        let undo = first.reversal("undo-a", day(2), "billed twice");
        let bad = billed("a", "C1", 7);
        assert!(book.post_all(&[billed("b", "C2", 5), undo.clone(), bad]).is_err());
        assert_eq!(book.digest(), before);
        let posted = book.post_all(&[first, billed("b", "C2", 5), undo]).unwrap();
        assert_eq!(posted, Posted { new: 2, known: 1 });
        assert_eq!(book.trial_balance().total_cents(), 0);
    }

    #[test]
    fn reports_open_down_to_the_claim() {
        let entries = [billed("a", "C1", 100), billed("b", "C2", 250)];
        let book = Book::replay(&entries).unwrap();
        let receivable = AccountKind::Receivable.of("P1");
        let open = [(Subject::claim("C1"), Cents(100)), (Subject::claim("C2"), Cents(250))];
        assert_eq!(book.balances_by_subject(&receivable), open);
        let lines = statement(&entries, &AccountKind::Receivable.whole());
        let running: Vec<i128> = lines.iter().map(|line| line.balance_cents).collect();
        assert_eq!(running, [100, 350]);
    }
}
