//! `counterfoil ledger`: trial balance, accounts, and the whole book read again.

use crate::arguments::LedgerCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_ledger::Book;
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::claim_subject;
use counterfoil_store::{AccountBalance, AccountLine, Store, StoreError, Transaction};
use serde_json::json;
use std::collections::BTreeSet;

/// Entries read at a time while a book is replayed.
const ENTRIES_AT_ONCE: u32 = 1_000;

pub(crate) fn run(
    command: LedgerCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        LedgerCommand::TrialBalance { data, json } => {
            trial_balance(&mut office::open_any(&data.data)?, json, console)
        }
        LedgerCommand::Show { account, data, json } => {
            show(&mut office::open_any(&data.data)?, &account, json, console)
        }
        LedgerCommand::Verify { data, json } => {
            verify(&mut office::open_any(&data.data)?, json, console)
        }
    }
}

fn trial_balance(
    store: &mut Store,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let balances = store.transaction("trial balance", |tx| tx.trial_balance())?;
    let difference = difference(&balances);
    if json {
        for one in &balances {
            console.print_json(&json!({
                "account": one.account,
                "debit_cents": one.debit_cents.0,
                "credit_cents": one.credit_cents.0,
                "balance_cents": i64::try_from(net(one)).ok(),
            }));
        }
        console.print_json(&json!({ "total": true, "difference_cents": difference }));
    } else {
        console.print(&format!("{:<52} {:>16} {:>16}", "account", "debit", "credit"));
        for one in &balances {
            let net = net(one);
            let (debit, credit) = if net < 0 { (0, -net) } else { (net, 0) };
            console.print(&format!(
                "{:<52} {:>16} {:>16}",
                one.account,
                blank(debit),
                blank(credit)
            ));
        }
        console.print(&format!("{:<52} {:>33}", "debits less credits", dollars(difference)));
    }
    Ok(if difference == 0 { Outcome::Done } else { Outcome::Findings })
}

fn difference(balances: &[AccountBalance]) -> i128 {
    balances.iter().map(net).sum()
}

/// Debits less credits of an account.
fn net(balance: &AccountBalance) -> i128 {
    i128::from(balance.debit_cents.0) - i128::from(balance.credit_cents.0)
}

fn blank(amount: i128) -> String {
    if amount == 0 { String::new() } else { dollars(amount) }
}

/// A wide sum of cents as dollars.
#[must_use]
pub fn dollars(sum: i128) -> String {
    let sign = if sum < 0 { "-" } else { "" };
    let magnitude = sum.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

fn show(
    store: &mut Store,
    account: &str,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let is_subject = account.contains(':');
    let found = store.transaction("account statement", |tx| {
        if is_subject {
            return subjects(tx, account);
        }
        // `provider.receivable` stands for every payer's receivable.
        let mut accounts = Vec::new();
        for one in tx.trial_balance()? {
            let prefix = format!("{account}/");
            if one.account == account || one.account.starts_with(&prefix) {
                accounts.push((one.account.clone(), tx.account_lines(&one.account)?));
            }
        }
        Ok::<_, StoreError>(accounts)
    })?;
    if found.iter().all(|(_, lines)| lines.is_empty()) {
        let message = format!("the books hold nothing under {account}");
        return Err(CommandError::operator(message, "`ledger trial-balance` lists the accounts"));
    }
    for (name, lines) in found {
        statement(console, &name, &lines, json);
    }
    Ok(Outcome::Done)
}

/// A subject's postings. A claim may be named by the provider's own control number, which
/// stands for every claim of that number.
fn subjects(tx: &Transaction<'_>, subject: &str) -> Result<Vec<Statement>, StoreError> {
    let lines = tx.subject_lines(subject)?;
    let mut found = vec![(subject.to_owned(), lines)];
    if let (true, Some(number)) = (found[0].1.is_empty(), subject.strip_prefix("claim:")) {
        let rows = tx.receivables_by_number(number)?;
        let names: BTreeSet<String> = rows.iter().map(claim_subject).collect();
        for name in names {
            let lines = tx.subject_lines(&name)?;
            found.push((name, lines));
        }
    }
    found.retain(|(_, lines)| !lines.is_empty());
    Ok(found)
}

/// An account or subject with its postings.
type Statement = (String, Vec<AccountLine>);

fn statement(console: &mut Console<'_>, name: &str, lines: &[AccountLine], json: bool) {
    if !json {
        console.print(name);
    }
    let mut balance = 0i128;
    for line in lines {
        balance += i128::from(line.amount_cents.0);
        if json {
            console.print_json(&json!({
                "account": name,
                "date": line.effective_on,
                "entry": line.key,
                "about": line.subject,
                "rule": line.rule,
                "memo": line.memo,
                "reverses": line.reverses,
                "amount_cents": line.amount_cents.0,
                "balance_cents": i64::try_from(balance).ok(),
            }));
            continue;
        }
        let reverses = match line.reverses.as_str() {
            "" => String::new(),
            key => format!(" reverses {key}"),
        };
        console.print(&format!(
            "  {} {:>14} {:>14}  {:<28} {}{reverses} {}",
            line.effective_on,
            line.amount_cents.to_string(),
            dollars(balance),
            line.subject,
            line.rule,
            line.memo,
        ));
    }
}

/// Replays every entry through the ledger's own judgement and compares the sums.
fn verify(
    store: &mut Store,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (book, same, entries) = store.transaction("verify the book", |tx| {
        let mut book = Book::default();
        let (mut after, mut entries) = (0, 0u64);
        loop {
            let batch = tx.entries_after(after, ENTRIES_AT_ONCE)?;
            let Some((last, _)) = batch.last() else { break };
            after = *last;
            entries += batch.len() as u64;
            for (_, entry) in &batch {
                book.post(entry).map_err(StoreError::from)?;
            }
        }
        let same = tx.trial_balance()? == tx.trial_balance_recomputed()?;
        Ok::<_, OperationsError>((book, same, entries))
    })?;
    let total = book.trial_balance().total_cents();
    let sound = same && total == 0;
    if json {
        console.print_json(&json!({
            "entries": entries,
            "difference_cents": total.to_string(),
            "sums_as_kept": same,
            "digest": book.digest().to_string(),
        }));
    } else {
        console.print(&format!("{entries} entries read again, each balanced"));
        console.print(&format!("debits less credits {}", dollars(total)));
        let kept = if same { "agree" } else { "DIFFER" };
        console.print(&format!("sums kept while posting {kept} with the postings"));
        console.print(&format!("digest of the book {}", book.digest()));
    }
    Ok(if sound { Outcome::Done } else { Outcome::Findings })
}
