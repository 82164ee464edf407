//! The settlement of a contract for a year between two parties: the statements of all its rows as
//! one document with one amount and one digest, which both parties state.

use crate::compare::{Parting, compare};
use crate::postings::Provisional;
use crate::statement::{ContractReference, RowStatement};
use counterfoil_base::{Cents, Finding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The form of the document; a reader refuses another.
const FORM: &str = "counterfoil/settlements/1";
/// How many rows a refusal names.
const ROWS_NAMED: usize = 5;

/// What a settlement is computed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The answer of the year.
    #[default]
    Final,
    /// An advance on what is known so far.
    Provisional,
}

impl Basis {
    /// The word in the document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Basis::Final => "final",
            Basis::Provisional => "provisional",
        }
    }
}

/// The settlement of a contract for a year: what one party pays the other, with the statement of
/// each row. Two parties that compute it from the same facts have the same bytes, whatever the
/// order of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    form: String,
    /// The contract.
    pub contract: ContractReference,
    /// The performance year.
    pub year: i64,
    /// Answer or advance.
    pub basis: Basis,
    /// For an advance: the milestones that pay it; without any, it is the interim result.
    pub milestones: Vec<Provisional>,
    /// SHA-256 over the digests of the rows' facts, in the order of the statements.
    pub facts_sha256: String,
    /// In cents; paid to the provider when positive, owed by it when negative.
    pub amount_cents: i64,
    /// The rows, by their subjects.
    pub statements: Vec<RowStatement>,
}

/// Where two settlements part first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettlementParting {
    /// Whom the row is about; empty when it is no row.
    pub subject: String,
    /// The first fact or clause.
    pub parting: Parting,
}

impl SettlementParting {
    /// The place as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.subject.as_str() {
            "" => self.parting.sentence(),
            subject => format!("{subject}: {}", self.parting.sentence()),
        }
    }
}

impl Settlement {
    /// Puts the statements of all rows together.
    ///
    /// # Errors
    /// No rows, rows of another contract or year, a row without a result, an advance below zero,
    /// or a total beyond 64-bit cents.
    pub fn new(
        mut statements: Vec<RowStatement>,
        (basis, milestones): (Basis, Vec<Provisional>),
    ) -> Result<Settlement, Box<Finding>> {
        let Some(first) = statements.first() else {
            return Err(refused("SETTLE-no-rows", "The facts have no rows".to_owned()));
        };
        let (contract, year) = (first.contract.clone(), first.year);
        if statements.iter().any(|one| (&one.contract, one.year) != (&contract, year)) {
            let message = "The rows are of several contracts or years".to_owned();
            return Err(refused("SETTLE-rows-of-others", message));
        }
        statements
            .sort_by(|a, b| (&a.subject, &a.facts_sha256).cmp(&(&b.subject, &b.facts_sha256)));
        let amount_cents = amount(&statements, basis, &milestones)?.0;
        let facts_sha256 = facts_digest(&statements);
        let form = FORM.to_owned();
        Ok(Settlement {
            form,
            contract,
            year,
            basis,
            milestones,
            facts_sha256,
            amount_cents,
            statements,
        })
    }

    /// The document: JSON, two blanks a level, a line feed at the end. The same settlement always
    /// gives the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("a document of texts and integers can always be written as JSON");
        text.push('\n');
        text
    }

    /// SHA-256 of the document's bytes, hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_json()))
    }

    /// Reads a document that is in its one form, and whose digest of facts and amount follow from
    /// its rows.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Settlement, String> {
        let read: Settlement = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is no settlement: {error}"))?;
        if read.form != FORM {
            return Err(format!("its form is not '{FORM}'"));
        }
        let Settlement { basis, milestones, statements, .. } = read.clone();
        let again = Settlement::new(statements, (basis, milestones))
            .map_err(|finding| finding.message.to_string())?;
        if again != read || read.to_json().as_bytes() != bytes {
            return Err("its amount or digests do not follow from its rows".to_owned());
        }
        Ok(read)
    }
}

/// Where two settlements part first; nothing when they are the same. Rows come first, by subject;
/// then what the whole is.
#[must_use]
pub fn part(ours: &Settlement, theirs: &Settlement) -> Option<SettlementParting> {
    let mut rows: BTreeMap<&str, [Vec<&RowStatement>; 2]> = BTreeMap::new();
    for (side, settlement) in [ours, theirs].into_iter().enumerate() {
        for statement in &settlement.statements {
            if let Some(all) = rows.entry(&statement.subject).or_default().get_mut(side) {
                all.push(statement);
            }
        }
    }
    for (subject, [ours, theirs]) in &rows {
        let pairs = ours.iter().zip(theirs);
        let first = pairs.filter_map(|(one, other)| compare(one, other)).next();
        let counted = || (ours.len() != theirs.len()).then(|| row_count(ours.len(), theirs.len()));
        if let Some(parting) = first.or_else(counted) {
            return Some(SettlementParting { subject: (*subject).to_owned(), parting });
        }
    }
    let whole = |name: &str, one: String, other: String| {
        let (name, clause) = (name.to_owned(), String::new());
        let parting = Parting { kind: "settlement", name, clause, one, other };
        Some(SettlementParting { subject: String::new(), parting })
    };
    if ours.basis != theirs.basis {
        return whole("basis", ours.basis.word().to_owned(), theirs.basis.word().to_owned());
    }
    if ours.milestones != theirs.milestones {
        return whole("milestones", told(&ours.milestones), told(&theirs.milestones));
    }
    None
}

fn row_count(one: usize, other: usize) -> Parting {
    let rows = |count: usize| match count {
        0 => "no such row".to_owned(),
        1 => "one row".to_owned(),
        count => format!("{count} rows"),
    };
    let (name, clause) = (String::new(), String::new());
    Parting { kind: "subject", name, clause, one: rows(one), other: rows(other) }
}

fn told(milestones: &[Provisional]) -> String {
    if milestones.is_empty() {
        return "the interim result".to_owned();
    }
    milestones.iter().map(Provisional::text).collect::<Vec<_>>().join(", ")
}

fn amount(
    statements: &[RowStatement],
    basis: Basis,
    milestones: &[Provisional],
) -> Result<Cents, Box<Finding>> {
    let without = |one: &&RowStatement| one.result.is_none();
    let missing: Vec<&str> =
        statements.iter().filter(without).map(|one| one.subject.as_str()).collect();
    if !missing.is_empty() {
        let named = missing.iter().take(ROWS_NAMED).copied().collect::<Vec<_>>().join(", ");
        let count = missing.len();
        let message = match count {
            1 => format!("a row has no result: {named}"),
            _ => format!("{count} rows have no result, the first of them: {named}"),
        };
        return Err(refused("SETTLE-statement-without-result", message));
    }
    let too_large =
        || refused("SETTLE-total-too-large", "The amounts do not sum to 64-bit cents".to_owned());
    let mut sum = Cents::ZERO;
    for one in statements {
        for cents in amounts_of(one, basis, milestones)? {
            sum = sum.checked_add(cents).ok_or_else(too_large)?;
        }
    }
    if basis == Basis::Provisional && sum < Cents::ZERO {
        let message = format!("An advance of {sum} is none: the provider would owe it");
        return Err(refused("SETTLE-advance-below-zero", message));
    }
    Ok(sum)
}

/// What a row adds: its result, or what each milestone pays of it.
fn amounts_of(
    row: &RowStatement,
    basis: Basis,
    milestones: &[Provisional],
) -> Result<Vec<Cents>, Box<Finding>> {
    if basis == Basis::Final || milestones.is_empty() {
        return Ok(row.result.iter().map(|result| Cents(result.amount_cents)).collect());
    }
    let due = |milestone: &Provisional| {
        milestone.due(row).map_err(|told| {
            let message = format!("{}: the milestone {}: {told}", row.subject, milestone.text());
            refused("SETTLE-milestone-without-value", message)
        })
    };
    milestones.iter().map(due).collect()
}

fn facts_digest(statements: &[RowStatement]) -> String {
    let mut hash = Sha256::new();
    for one in statements {
        hash.update(one.facts_sha256.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn refused(code: &'static str, message: String) -> Box<Finding> {
    let finding = Finding::error(code, 7, message)
        .because("Both parties state one amount, and every row takes part in it")
        .fix("Mend the file of facts, or the contract; nothing was stated");
    Box::new(finding)
}
