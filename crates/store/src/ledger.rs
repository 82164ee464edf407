//! The books: entries judged by the ledger crate, kept with their postings, never changed.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::{Bind, Row, Value};
use counterfoil_base::{Cents, Date, Text};
use counterfoil_ledger::{
    Account, Digest, Entry, EntryFacts, LedgerError, Posting, Subject, Verdict, judge,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One account of the trial balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountBalance {
    /// Account as `side.word` or `side.word/party`.
    pub account: String,
    /// Sum of debits.
    pub debit_cents: Cents,
    /// Sum of credits, as a positive amount.
    pub credit_cents: Cents,
}

/// One posting of an account statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    /// Day, YYYY-MM-DD.
    pub effective_on: String,
    /// Key of the entry.
    pub key: String,
    /// The other name that was asked for: subject of an account's line, account of a subject's.
    pub subject: String,
    /// Rule that made the entry.
    pub rule: String,
    /// For the reader.
    pub memo: String,
    /// Key of the entry that it reverses, or empty.
    pub reverses: String,
    /// Debit positive, credit negative.
    pub amount_cents: Cents,
}

/// What a transaction has booked and not yet added to the accounts' sums.
#[derive(Default)]
pub(crate) struct OpenBooks {
    last_entry_id: Option<i64>,
    /// Debits and credits by account.
    sums: BTreeMap<String, (i64, i64)>,
    /// Statements that write so many postings.
    inserts: BTreeMap<usize, Rc<str>>,
}

/// How many postings one statement writes, the most first. An approval has two or three.
const ROWS_AT_ONCE: [usize; 6] = [64, 16, 4, 3, 2, 1];

impl OpenBooks {
    fn insert(&mut self, rows: usize) -> Rc<str> {
        let made = self.inserts.entry(rows).or_insert_with(|| {
            let rows = vec!["(?, ?, ?, ?, ?)"; rows].join(", ");
            include_str!("../sql/queries/ledger_postings_insert.sql")
                .replace("{rows}", &rows)
                .into()
        });
        Rc::clone(made)
    }

    /// Adds a posting to the sums of its account.
    fn add(&mut self, account: String, amount: i64, key: &Text) -> Result<(), LedgerError> {
        let (debits, credits) = self.sums.entry(account).or_default();
        let side = if amount < 0 { credits } else { debits };
        let magnitude = i64::try_from(amount.unsigned_abs()).ok();
        let sum = magnitude.and_then(|magnitude| side.checked_add(magnitude));
        *side = sum.ok_or_else(|| LedgerError::TooLarge { key: key.clone() })?;
        Ok(())
    }
}

/// Account and subject of a posting as the book writes them.
fn names(posting: &Posting) -> (String, String) {
    (posting.account.to_string(), posting.subject.to_string())
}

impl Transaction<'_> {
    /// Books an entry: refuses what does not balance, takes the same entry once, and lets an
    /// entry be reversed once.
    pub fn post(&self, entry: &Entry) -> Result<Verdict, StoreError> {
        let original = match &entry.reverses {
            Some(key) => self.entry_facts(key)?,
            None => None,
        };
        // Most entries are new: whether one stands under the key is asked when it does not go in.
        let fresh = judge(entry, None, original.as_ref());
        if fresh.is_ok() && self.write_entry(entry)? {
            return Ok(Verdict::New);
        }
        let Some(known) = self.entry_facts(&entry.key)? else {
            fresh?;
            return Err(StoreError::NotFound("an entry was not written and is not there".into()));
        };
        Ok(judge(entry, Some(&known), original.as_ref())?)
    }

    fn entry_facts(&self, key: &str) -> Result<Option<EntryFacts>, StoreError> {
        self.first(include_str!("../sql/queries/ledger_entry_facts.sql"), &[&key], |row| {
            let reversed_by: String = row.get(2)?;
            let reverses: String = row.get(3)?;
            Ok(EntryFacts {
                content: Digest(row.get(0)?),
                mirror: Digest(row.get(1)?),
                reversed_by: (!reversed_by.is_empty()).then(|| Text::from(reversed_by)),
                is_reversal: !reverses.is_empty(),
            })
        })
    }

    /// False when an entry stands under the key.
    fn write_entry(&self, entry: &Entry) -> Result<bool, StoreError> {
        let entry_id = self.next_entry_id()?;
        let facts = entry.facts();
        let written = self.change(
            include_str!("../sql/queries/ledger_entry_insert.sql"),
            &[
                &entry_id,
                &entry.key.as_str(),
                &entry.effective_date.to_string(),
                &entry.rule.as_str(),
                &entry.memo.as_str(),
                &entry.reverses.as_deref().unwrap_or(""),
                &facts.content.0,
                &facts.mirror.0,
            ],
        )?;
        if written == 0 {
            return Ok(false);
        }
        self.books.borrow_mut().last_entry_id = Some(entry_id);
        if let Some(original) = &entry.reverses {
            let mark = include_str!("../sql/queries/ledger_entry_reversed.sql");
            self.change(mark, &[&original.as_str(), &entry.key.as_str()])?;
        }
        self.write_postings(entry_id, entry)?;
        Ok(true)
    }

    /// Numbers go on from the highest; while a transaction runs, nobody else books.
    fn next_entry_id(&self) -> Result<i64, StoreError> {
        let known = self.books.borrow().last_entry_id;
        let last = match known {
            Some(last) => last,
            None => {
                let highest = include_str!("../sql/queries/ledger_entry_highest.sql");
                self.first(highest, &[], |row| row.get(0))?.unwrap_or(0)
            }
        };
        Ok(last + 1)
    }

    /// Adds what was booked since the last time to the accounts' sums.
    pub(crate) fn write_balances(&self) -> Result<(), StoreError> {
        let sums = std::mem::take(&mut self.books.borrow_mut().sums);
        for (account, (debit_cents, credit_cents)) in sums {
            let add = include_str!("../sql/queries/ledger_balance_add.sql");
            self.change(add, &[&account, &debit_cents, &credit_cents])?;
        }
        Ok(())
    }

    /// Several rows go with one statement, of a few sizes, each of which is prepared once.
    fn write_postings(&self, entry_id: i64, entry: &Entry) -> Result<(), StoreError> {
        let texts: Vec<(String, String)> = entry.postings.iter().map(names).collect();
        let mut rows =
            (0i64..).zip(&entry.postings).zip(&texts).map(|((position, posting), names)| {
                [
                    Value::Integer(entry_id),
                    Value::Integer(position),
                    Value::Text(&names.0),
                    Value::Text(&names.1),
                    Value::Integer(posting.amount_cents.0),
                ]
            });
        let mut left = entry.postings.len();
        while let Some(size) = ROWS_AT_ONCE.into_iter().find(|size| *size <= left) {
            let values: Vec<Value<'_>> = rows.by_ref().take(size).flatten().collect();
            let values: Vec<&dyn Bind> = values.iter().map(|value| value as &dyn Bind).collect();
            let sql = self.books.borrow_mut().insert(size);
            self.change(&sql, &values)?;
            left -= size;
        }
        let mut books = self.books.borrow_mut();
        for (posting, (account, _)) in entry.postings.iter().zip(texts) {
            books.add(account, posting.amount_cents.0, &entry.key)?;
        }
        Ok(())
    }

    /// The entry under a key, with its postings.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let select = include_str!("../sql/queries/ledger_entry_read.sql");
        let Some((id, entry)) = self.first(select, &[&key], read_entry)? else {
            return Ok(None);
        };
        self.with_postings(id, entry).map(Some)
    }

    /// Up to `limit` entries after the entry number `after`, each with its number, so that a
    /// whole book can be replayed in bounded memory.
    pub fn entries_after(&self, after: i64, limit: u32) -> Result<Vec<(i64, Entry)>, StoreError> {
        let select = include_str!("../sql/queries/ledger_entries_after.sql");
        let heads = self.rows(select, &[&after, &limit], read_entry)?;
        heads.into_iter().map(|(id, head)| Ok((id, self.with_postings(id, head)?))).collect()
    }

    fn with_postings(&self, id: i64, mut entry: Entry) -> Result<Entry, StoreError> {
        let select = include_str!("../sql/queries/ledger_postings_of.sql");
        entry.postings = self.rows(select, &[&id], |row| {
            let account: String = row.get(0)?;
            let subject: String = row.get(1)?;
            Ok(Posting {
                account: Account::parse(&account).ok_or_else(|| unreadable(0, &account))?,
                subject: Subject::parse(&subject).ok_or_else(|| unreadable(1, &subject))?,
                amount_cents: Cents(row.get(2)?),
            })
        })?;
        Ok(entry)
    }

    /// Every account with its sums, as kept while posting.
    pub fn trial_balance(&self) -> Result<Vec<AccountBalance>, StoreError> {
        self.write_balances()?;
        self.rows(include_str!("../sql/queries/ledger_balances.sql"), &[], read_balance)
    }

    /// Every account with its sums, added up again from the postings.
    pub fn trial_balance_recomputed(&self) -> Result<Vec<AccountBalance>, StoreError> {
        self.rows(include_str!("../sql/queries/ledger_balances_recomputed.sql"), &[], read_balance)
    }

    /// Every posting of an account in the order of booking.
    pub fn account_lines(&self, account: &str) -> Result<Vec<AccountLine>, StoreError> {
        self.rows(include_str!("../sql/queries/ledger_account.sql"), &[&account], read_line)
    }

    /// Every posting about a subject; each line's `subject` names the account.
    pub fn subject_lines(&self, subject: &str) -> Result<Vec<AccountLine>, StoreError> {
        self.rows(include_str!("../sql/queries/ledger_subject.sql"), &[&subject], read_line)
    }

    /// What stands in an account about one subject; debits are positive.
    pub fn subject_balance(&self, account: &str, subject: &str) -> Result<Cents, StoreError> {
        let select = include_str!("../sql/queries/ledger_subject_balance.sql");
        Ok(Cents(self.first(select, &[&account, &subject], |row| row.get(0))?.unwrap_or(0)))
    }

    /// True when an entry with this key is booked.
    pub fn is_booked(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.entry_facts(key)?.is_some())
    }

    /// Keys and digests of the entries about the bank that stand, by key.
    pub fn standing_bank_entries(&self) -> Result<Vec<(String, Digest)>, StoreError> {
        let select = include_str!("../sql/queries/ledger_standing_bank.sql");
        self.rows(select, &[], |row| Ok((row.get(0)?, Digest(row.get(1)?))))
    }

    /// What is open in an account, subject by subject; settled subjects are left out.
    pub fn open_subjects(&self, account: &str) -> Result<Vec<(String, Cents)>, StoreError> {
        let select = include_str!("../sql/queries/ledger_subject_balances.sql");
        self.rows(select, &[&account], |row| Ok((row.get(0)?, Cents(row.get(1)?))))
    }
}

fn read_balance(row: &Row<'_>) -> Result<AccountBalance, DatabaseError> {
    Ok(AccountBalance {
        account: row.get(0)?,
        debit_cents: Cents(row.get(1)?),
        credit_cents: Cents(row.get(2)?),
    })
}

fn read_line(row: &Row<'_>) -> Result<AccountLine, DatabaseError> {
    Ok(AccountLine {
        effective_on: row.get(0)?,
        key: row.get(1)?,
        subject: row.get(2)?,
        rule: row.get(3)?,
        memo: row.get(4)?,
        reverses: row.get(5)?,
        amount_cents: Cents(row.get(6)?),
    })
}

fn read_entry(row: &Row<'_>) -> Result<(i64, Entry), DatabaseError> {
    let day: String = row.get(2)?;
    let rule: String = row.get(3)?;
    let memo: String = row.get(4)?;
    let reverses: String = row.get(5)?;
    let entry = Entry {
        key: Text::from(row.get::<String>(1)?),
        effective_date: day.parse::<Date>().map_err(|_| unreadable(2, &day))?,
        rule: Text::from(rule),
        memo: Text::from(memo),
        reverses: (!reverses.is_empty()).then(|| Text::from(reverses)),
        postings: Vec::new(),
    };
    Ok((row.get(0)?, entry))
}

fn unreadable(column: usize, value: &str) -> DatabaseError {
    let text = format!("'{value}' cannot be read back");
    DatabaseError::column(column, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use counterfoil_ledger::PayerEvent;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(an_entry_is_booked_once_and_reversed_once);

    fn approval(cents: i64) -> Entry {
        let event = PayerEvent::ClaimApproved {
            claim: "C1".into(),
            payee: "1234567893".into(),
            payable_cents: Cents(cents),
            withheld_cents: Cents(200),
        };
        event.entry("approve:C1", "2026-01-05".parse().unwrap())
    }

    fn an_entry_is_booked_once_and_reversed_once(database: &Database) {
        let mut store = of_test(database);
        let result: Result<(), StoreError> = store.transaction("story", |tx| {
            assert_eq!(tx.post(&approval(9800))?, Verdict::New);
            assert_eq!(tx.post(&approval(9800))?, Verdict::Known);
            assert!(tx.post(&approval(9900)).is_err(), "same key, other content");
            let day = "2026-01-06".parse().unwrap();
            let reversal =
                tx.entry("approve:C1")?.unwrap().reversal("undo:C1", day, "typing error");
            assert_eq!(tx.post(&reversal)?, Verdict::New);
            assert_eq!(tx.post(&reversal)?, Verdict::Known);
            let again = tx.entry("approve:C1")?.unwrap().reversal("undo2:C1", day, "once more");
            assert!(tx.post(&again).is_err(), "an entry is reversed once");
            assert_eq!(tx.trial_balance()?, tx.trial_balance_recomputed()?);
            let open = tx.open_subjects("payer.claims_payable")?;
            assert_eq!(open, vec![], "the reversal settles the claim");
            assert_eq!(tx.entries_after(0, 10)?.len(), 2);
            Ok(())
        });
        result.unwrap();
    }
}
