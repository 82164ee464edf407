//! `counterfoil contract diff` and `contract restate`: what changed, in words and in cents.

use super::{amount_term, load_contract, load_facts, load_files, read_folder, signed, tell};
use crate::arguments::contract::{ContractDiff, ContractRestate};
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, dollars, files};
use counterfoil_base::Cents;
use counterfoil_contract::ContractFiles;
use counterfoil_settle::{Differences, RowDifference, Side, changes, differences};
use serde_json::json;
use std::path::Path;

pub(super) fn diff(
    wanted: &ContractDiff,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let version = |named: &Path| match &wanted.data {
        Some(data) if !named.is_dir() => signed::files_of(data, &named.to_string_lossy()),
        _ => read_folder(named),
    };
    let Some((old_files, old)) = load_files(version(&wanted.old)?, wanted.json, console)? else {
        return Ok(Outcome::Findings);
    };
    let Some((new_files, new)) = load_files(version(&wanted.new)?, wanted.json, console)? else {
        return Ok(Outcome::Findings);
    };
    let found = changes((&old, &old_files), (&new, &new_files));
    for change in &found {
        if wanted.json {
            console.print_json(&json!(change));
        } else {
            change.lines().iter().for_each(|line| console.print(line));
        }
    }
    let mut is_same = found.is_empty();
    if let Some((facts, year)) = wanted.facts.as_deref().zip(wanted.year) {
        let Some(before) = load_facts(&old, year, (facts, &wanted.rows), wanted.json, console)?
        else {
            return Ok(Outcome::Findings);
        };
        let Some(after) = load_facts(&new, year, (facts, &wanted.rows), wanted.json, console)?
        else {
            return Ok(Outcome::Findings);
        };
        let term = wanted.term.as_deref();
        let results = (amount_term(&old, term)?, amount_term(&new, term)?);
        let sides = (
            Side { contract: &old, year, facts: &before.facts, result: results.0 },
            Side { contract: &new, year, facts: &after.facts, result: results.1 },
        );
        let Some(in_cents) = computed(sides, wanted.json, console) else {
            return Ok(Outcome::Findings);
        };
        if !wanted.json && !found.is_empty() {
            console.print("");
        }
        show(&in_cents, wanted.json, console);
        is_same &= in_cents.rows.is_empty();
    }
    if is_same {
        console.say("the contracts say the same");
        return Ok(Outcome::Done);
    }
    console.say(&format!("{} changes in the contract", found.len()));
    Ok(Outcome::Findings)
}

pub(super) fn restate(
    wanted: &ContractRestate,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((_, contract)) = load_contract(&wanted.folder, wanted.json, console)? else {
        return Ok(Outcome::Findings);
    };
    let result = amount_term(&contract, wanted.term.as_deref())?;
    let (year, is_json) = (wanted.year, wanted.json);
    let mut load =
        |path: &Path| load_facts(&contract, year, (path, &wanted.rows), is_json, console);
    let (Some(old), Some(new)) = (load(&wanted.old)?, load(&wanted.new)?) else {
        return Ok(Outcome::Findings);
    };
    let of = |facts| Side { contract: &contract, year: wanted.year, facts, result };
    let Some(found) = computed((of(&old.facts), of(&new.facts)), wanted.json, console) else {
        return Ok(Outcome::Findings);
    };
    show(&found, wanted.json, console);
    if let Some(path) = &wanted.out {
        let bytes = csv_of(&found)
            .map_err(|error| CommandError::operator(error, "run the command again"))?;
        files::write(path, &bytes)?;
    }
    console.say(&format!("settled by {} (SHA-256 {})", contract.id(), contract.digest()));
    Ok(if found.rows.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// Both settlements laid side by side, or what is wrong, told.
fn computed(
    (old, new): (Side<'_>, Side<'_>),
    is_json: bool,
    console: &mut Console<'_>,
) -> Option<Differences> {
    match differences(old, new) {
        Ok(found) => Some(found),
        Err(problem) => {
            tell(&[*problem], &ContractFiles::new(), is_json, console);
            None
        }
    }
}

fn show(found: &Differences, is_json: bool, console: &mut Console<'_>) {
    if is_json {
        found.rows.iter().for_each(|row| console.print_json(&json!(row)));
        let mut total = json!(found);
        if let Some(fields) = total.as_object_mut() {
            fields.remove("rows");
        }
        console.print_json(&total);
        return;
    }
    for row in &found.rows {
        console.print(&format!(
            "{}: {} to {}, {}",
            row.subject,
            amount(row.old_cents),
            amount(row.new_cents),
            signed(row.difference_cents)
        ));
        if let Some(parting) = &row.parting {
            console.print(&format!("  first: {}", parting.sentence()));
        }
    }
    console.print(&format!(
        "total {} to {}: providers {}, payer {}; {} rows with the same amount, {} without one",
        dollars(found.old_total_cents.into()),
        dollars(found.new_total_cents.into()),
        signed(found.provider_difference_cents),
        signed(found.payer_difference_cents),
        found.rows_of_same_amount,
        found.rows_without_amount
    ));
}

fn amount(cents: Option<i64>) -> String {
    cents.map_or_else(|| "no amount".to_owned(), |cents| dollars(cents.into()))
}

fn signed(cents: i64) -> String {
    let mark = if cents > 0 { "+" } else { "" };
    format!("{mark}{}", dollars(cents.into()))
}

fn csv_of(found: &Differences) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["Subject", "Old", "New", "Difference", "First"])?;
    let cell = |cents: Option<i64>| cents.map_or_else(String::new, |c| Cents(c).to_string());
    for RowDifference { subject, old_cents, new_cents, difference_cents, parting } in &found.rows {
        let first = parting.as_ref().map_or_else(String::new, |parting| parting.sentence());
        let difference = Cents(*difference_cents).to_string();
        writer.write_record([
            subject,
            &cell(*old_cents),
            &cell(*new_cents),
            &difference,
            &first,
        ])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
