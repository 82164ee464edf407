//! The books: accounts with their proof, entries with their postings.

use crate::book::{Book, Story, figure_input, row, rule};
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, trouble};
use crate::seal::hex;
use counterfoil_base::Cents;
use counterfoil_ledger::{Account, AccountClass, Entry, SubjectKind};
use counterfoil_store::{ListName, Transaction};
use counterfoil_web::view::{
    AccountRow, AccountsView, EntryRow, EntryView, ListQuery, Listing, Posting, SourceRow, Target,
};
use counterfoil_web::{Answer, Figure, FigureAddress, Viewer};

pub(crate) const ENTRIES: Named =
    Named { name: "entries", list: ListName::Entries, kind: "entry", totals: &["amount"] };

/// An account as addresses name it: without a slash.
fn code_of(account: &str) -> String {
    account.replace('/', "~")
}

pub(crate) fn account_of(code: &str) -> String {
    code.replace('~', "/")
}

fn name_of(account: &Account) -> String {
    let words = account.kind.word().replace('_', " ");
    match account.party.is_empty() {
        true => words,
        false => format!("{words} of {}", account.party),
    }
}

fn class_words(class: AccountClass) -> &'static str {
    match class {
        AccountClass::Asset => "asset",
        AccountClass::Liability => "liability",
        AccountClass::Income => "income",
        AccountClass::Expense => "expense",
    }
}

fn meaning(class: AccountClass) -> &'static str {
    match class {
        AccountClass::Asset => "Owned, or owed to us; grows with debits.",
        AccountClass::Liability => "Owed by us; grows with credits.",
        AccountClass::Income => "Earned; grows with credits.",
        AccountClass::Expense => "Spent or given up; grows with debits.",
    }
}

fn trial_balance(total: Cents, rows: Vec<SourceRow>, book: &mut Book) -> Figure {
    let story = Story {
        sentence: "Debits minus credits of all accounts; zero when every cent has two sides."
            .to_owned(),
        formula: format!("over {} accounts", rows.len()),
        rule: rule("books", "double entry"),
        row_sum: Some(total),
        row_count: Some(rows.len() as u64),
        rows,
        reproduce: "counterfoil ledger trial-balance --data DIR".to_owned(),
        ..Story::default()
    };
    book.money(total, FigureAddress::new("ledger", "all", "trial_balance"), story)
}

impl OfficeDesk {
    pub(crate) fn accounts_view(
        &self,
        tx: &Transaction<'_>,
        book: &mut Book,
    ) -> Answer<AccountsView> {
        let balances = tx.trial_balance().map_err(|error| trouble(&error))?;
        let (mut accounts, mut net) = (Vec::new(), Some(Cents::ZERO));
        let mut rows = Vec::new();
        for balance in &balances {
            let code = code_of(&balance.account);
            let at = |name: &str| FigureAddress::new("account", &code, name);
            let summed = |words: &str| Story {
                sentence: words.to_owned(),
                formula: "sum of the postings, kept while posting".to_owned(),
                rule: rule("books", "double entry"),
                reproduce: "counterfoil ledger trial-balance --data DIR".to_owned(),
                ..Story::default()
            };
            let debits = book.money(balance.debit_cents, at("debits"), summed("All debits."));
            let credits = book.money(balance.credit_cents, at("credits"), summed("All credits."));
            let parsed = Account::parse(&balance.account);
            let class = parsed.as_ref().map(|account| account.kind.class());
            let grows_with_debits = class.is_none_or(AccountClass::grows_with_debits);
            let difference = balance.debit_cents.checked_sub(balance.credit_cents);
            let difference = difference.unwrap_or(Cents::ZERO);
            net = net.and_then(|net| net.checked_add(difference));
            let (amount, formula) = match grows_with_debits {
                true => (difference, "debits - credits"),
                false => (Cents(difference.0.saturating_neg()), "credits - debits"),
            };
            let story = Story {
                sentence: "What stands in the account, on the side on which it grows.".to_owned(),
                formula: formula.to_owned(),
                rule: rule("books", "double entry"),
                inputs: vec![
                    figure_input("debits", &debits, "own books"),
                    figure_input("credits", &credits, "own books"),
                ],
                ..Story::default()
            };
            let shown = book.money(amount, at("balance"), story);
            let signed = Story::stated("Debits minus credits.", "own books", "double entry");
            let signed = book.money(difference, at("net"), signed);
            rows.push(row(&balance.account, Some(Target::Account(code.clone())), &signed));
            accounts.push(AccountRow {
                depth: u8::from(balance.account.contains('/')),
                name: parsed.as_ref().map_or_else(|| balance.account.clone(), name_of),
                meaning: class.map_or("", meaning).to_owned(),
                class: class.map_or("", class_words).to_owned(),
                code,
                debits,
                credits,
                balance: shown,
            });
        }
        let trial_balance = trial_balance(net.unwrap_or(Cents(i64::MAX)), rows, book);
        Ok(AccountsView { accounts, trial_balance, flows: Vec::new() })
    }

    pub(crate) fn entry_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<EntryRow>> {
        let mut asked = query.clone();
        if let Some(code) = asked.filters.get_mut("account") {
            *code = account_of(code);
        }
        let listing = self.listing(tx, (viewer, &asked, &ENTRIES), book, |keys, book| {
            let Some((id, entry)) = self.own_entry(tx, keys)? else { return Ok(None) };
            let row = self.entry_row(tx, &id, &entry, book)?;
            let amounts = vec![("amount", row.amount.clone())];
            let (what, target) = (row.what.clone(), Some(Target::Entry(id)));
            Ok(Some(Shown { row, what, target, amounts }))
        })?;
        Ok(listing)
    }

    pub(crate) fn own_entry(
        &self,
        tx: &Transaction<'_>,
        keys: &[String],
    ) -> Answer<Option<(String, Entry)>> {
        let [number] = keys else { return Ok(None) };
        let Ok(id) = number.parse() else { return Ok(None) };
        let Some(key) = tx.entry_key(id).map_err(|error| trouble(&error))? else { return Ok(None) };
        let entry = tx.entry(&key).map_err(|error| trouble(&error))?;
        Ok(entry.map(|entry| (self.id("entry", keys), entry)))
    }

    fn entry_id(&self, number: i64) -> String {
        self.id("entry", &[number.to_string()])
    }

    pub(crate) fn entry_row(
        &self,
        tx: &Transaction<'_>,
        id: &str,
        entry: &Entry,
        book: &mut Book,
    ) -> Answer<EntryRow> {
        let mut debits = entry.postings.iter().map(|one| one.amount_cents).filter(|one| one.0 > 0);
        let amount = debits.try_fold(Cents::ZERO, |sum: Cents, one| sum.checked_add(one));
        let story = Story {
            sentence: "The sum of the entry's debits, which is the sum of its credits.".to_owned(),
            formula: format!("over {} postings", entry.postings.len()),
            rule: rule(&entry.rule, "the rule that made the entry"),
            ..Story::default()
        };
        let address = FigureAddress::new("entry", id, "amount");
        let number = |key: &str| tx.entry_number(key).map_err(|error| trouble(&error));
        let own = number(&entry.key)?;
        let reversed_by = match own.as_ref().map(|(_, by)| by.as_str()) {
            None | Some("") => None,
            Some(by) => number(by)?.map(|(number, _)| self.entry_id(number)),
        };
        let reverses = match entry.reverses.as_deref() {
            None => None,
            Some(key) => number(key)?.map(|(number, _)| self.entry_id(number)),
        };
        let about = entry.postings.iter().find(|one| one.subject.kind == SubjectKind::Claim);
        let cause = match about.filter(|_| self.is_payer()) {
            None => None,
            Some(posting) => {
                let id = self.payer_claim_id(tx, &posting.subject.id)?;
                id.map(|id| (posting.subject.id.to_string(), Target::Claim(id)))
            }
        };
        Ok(EntryRow {
            id: id.to_owned(),
            day: entry.effective_date,
            what: match entry.memo.is_empty() {
                true => entry.rule.to_string(),
                false => format!("{} ({})", entry.memo, entry.rule),
            },
            cause,
            amount: book.money(amount.unwrap_or(Cents::ZERO), address, story),
            reversed_by,
            reverses,
        })
    }

    pub(crate) fn entry_view(
        &self,
        tx: &Transaction<'_>,
        (id, entry): (&str, &Entry),
        book: &mut Book,
    ) -> Answer<EntryView> {
        let row = self.entry_row(tx, id, entry, book)?;
        let postings = (1..).zip(&entry.postings).map(|(number, posting)| {
            let account = posting.account.to_string();
            let story =
                Story::stated("As it was posted.", &posting.account.to_string(), "double entry");
            let address = FigureAddress::new("entry", id, &format!("posting-{number}"));
            let magnitude = Cents(posting.amount_cents.0.saturating_abs());
            let figure = book.money(magnitude, address, story);
            let is_debit = !posting.amount_cents.is_negative();
            Posting {
                account: code_of(&account),
                name: name_of(&posting.account),
                debit: is_debit.then(|| figure.clone()),
                credit: (!is_debit).then_some(figure),
            }
        });
        let postings = postings.collect();
        Ok(EntryView { row, postings, digest: hex(&entry.facts().content.0) })
    }
}
