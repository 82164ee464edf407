//! The statement of one settled row: a document with its own digest that opens without the facts.

use crate::waterfall::{WaterfallStep, waterfall};
use counterfoil_base::Rounding;
use counterfoil_contract::{
    Contract, FactRow, FactTable, FactValue, ListedRow, Number, Problem, StatementLine, Step, Type,
    Unit, Value,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The form of the document; a reader refuses another.
const FORM: &str = "counterfoil/settlement/1";

/// The contract that settled a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractReference {
    /// Its id, as its text names it.
    pub id: String,
    /// SHA-256 over names and bytes of its files.
    pub sha256: String,
}

/// A fact that the row supplied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactLine {
    /// Its name in the contract.
    pub name: String,
    /// The value as people see it; empty when the row leaves it out.
    pub value: String,
    /// A number as an exact decimal or fraction; empty for everything else.
    pub exact: String,
    /// Half a unit of the last printed place, when the number was rounded for print.
    pub half_unit: String,
}

/// A list of further rows that the row supplied, such as members or practices: how many, and
/// their digest. The rows themselves stay with the party that has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsLine {
    /// The name of the list in the contract.
    pub rows: String,
    /// How many rows it has.
    pub count: u64,
    /// SHA-256 over the rows in the order of their names, each with its facts.
    pub sha256: String,
}

/// One input of a term.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputLine {
    /// The fact, parameter or term.
    pub name: String,
    /// Its value as people see it.
    pub value: String,
    /// The clause, the file of the year with its citation, or `facts`.
    pub source: String,
}

/// A term of the contract with the value that it has for the row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermLine {
    /// Its number in the statement, from 1; what it rests on comes before it.
    pub number: u64,
    /// Its name in the contract.
    pub term: String,
    /// The value as people see it.
    pub value: String,
    /// A number as an exact decimal or fraction; empty for everything else, and for a term of
    /// further rows, whose value is written out.
    pub exact: String,
    /// Type and unit.
    pub unit: String,
    /// The rule that decided: `contract.term.rule`.
    pub rule: String,
    /// The clause that it stands under.
    pub clause: String,
    /// The formula with the numbers in place.
    pub formula: String,
    /// The rounding of the term, empty without one.
    pub rounding: String,
    /// What entered, in the order of the formula.
    pub inputs: Vec<InputLine>,
}

/// A column of the settled line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnLine {
    /// Its heading.
    pub column: String,
    /// Its cell.
    pub cell: String,
}

/// What one party pays the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultLine {
    /// The term that says so.
    pub term: String,
    /// In cents; paid to the provider when positive, owed by it when negative.
    pub amount_cents: i64,
    /// The rounding to cents, where the contract leaves parts of a cent.
    pub rounding: String,
}

/// The statement of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowStatement {
    /// The form of the document.
    pub form: String,
    /// The contract.
    pub contract: ContractReference,
    /// The performance year.
    pub year: i64,
    /// Whom the row is about: its first fact that is a text.
    pub subject: String,
    /// SHA-256 over the facts and the further rows.
    pub facts_sha256: String,
    /// The facts, in the order of the contract.
    pub facts: Vec<FactLine>,
    /// The further rows, in the order of the contract; none for a list that was not supplied.
    pub rows: Vec<RowsLine>,
    /// The result; nothing when the row could not be computed.
    pub result: Option<ResultLine>,
    /// From the first amount to the result; the bars sum to it in cents.
    pub waterfall: Vec<WaterfallStep>,
    /// Every term that a column or the result rests on; each after what it rests on itself.
    pub terms: Vec<TermLine>,
    /// The line as `contract settle` writes it.
    pub columns: Vec<ColumnLine>,
    /// Why amounts are missing, when they are.
    pub problems: Vec<String>,
}

/// A statement with its digest, as it is kept in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The statement.
    pub statement: RowStatement,
    /// SHA-256 over the statement as JSON without blanks, fields in the order of their definition.
    pub sha256: String,
}

/// Why a file is no statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// Not JSON of this form, and what the reader said.
    NotAStatement(String),
    /// A form that this version does not know.
    OtherForm(String),
    /// The digest is not that of the statement.
    Changed,
}

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DocumentError::NotAStatement(why) => write!(f, "it is no statement: {why}"),
            DocumentError::OtherForm(form) => write!(f, "its form is '{form}', not '{FORM}'"),
            DocumentError::Changed => {
                f.write_str("its digest is not that of its content: it was changed")
            }
        }
    }
}

impl RowStatement {
    /// The statement with its digest.
    #[must_use]
    pub fn document(self) -> Document {
        let sha256 = digest(&self);
        Document { statement: self, sha256 }
    }

    /// A term by its name, its number in the statement, or the heading of its column.
    #[must_use]
    pub fn term(&self, wanted: &str) -> Option<&TermLine> {
        let number: Option<u64> = wanted.parse().ok();
        let is_wanted =
            |line: &&TermLine| line.term == wanted || number.is_some_and(|n| line.number == n);
        self.terms.iter().find(is_wanted)
    }

    /// The term, then every term that it rests on, each once.
    #[must_use]
    pub fn opened(&self, wanted: &str) -> Vec<&TermLine> {
        let mut lines: Vec<&TermLine> = self.term(wanted).into_iter().collect();
        let mut next = 0;
        while let Some(line) = lines.get(next).copied() {
            next += 1;
            for input in &line.inputs {
                let below = self.terms.iter().find(|below| below.term == input.name);
                if let Some(below) = below.filter(|b| !lines.iter().any(|l| l.term == b.term)) {
                    lines.push(below);
                }
            }
        }
        lines
    }
}

impl Document {
    /// The document as people and machines read it: JSON, two blanks a level, a line feed at the
    /// end. The same statement always gives the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("a document of texts and integers can always be written as JSON");
        text.push('\n');
        text
    }

    /// Reads a document and checks its digest.
    pub fn read(bytes: &[u8]) -> Result<Document, DocumentError> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| DocumentError::NotAStatement(error.to_string()))?;
        if document.statement.form != FORM {
            return Err(DocumentError::OtherForm(document.statement.form));
        }
        if digest(&document.statement) != document.sha256 {
            return Err(DocumentError::Changed);
        }
        Ok(document)
    }
}

/// SHA-256 over the compact JSON of a value.
fn digest(value: &impl Serialize) -> String {
    let bytes =
        serde_json::to_vec(value).expect("texts and integers can always be written as JSON");
    let mut text = String::new();
    for byte in Sha256::digest(&bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The term that says what one party pays the other: the named one, else the money term that
/// stands last in the contract's text among those with a column. Nothing when there is none.
#[must_use]
pub fn result_term<'a>(contract: &'a Contract, named: Option<&str>) -> Option<&'a str> {
    let money = Type::Number(Unit::MONEY);
    let program = contract.program();
    let columns: BTreeSet<&str> = program.column_terms().map(|(_, term, _)| term).collect();
    let mut terms = program.terms().filter(|(_, kind)| **kind == money).map(|(term, _)| term);
    match named {
        Some(named) => terms.find(|term| *term == named),
        None => terms.filter(|term| columns.contains(term)).last(),
    }
}

/// Whom a row is about: its first fact that is a text, else its place in the file.
#[must_use]
pub fn subject(contract: &Contract, row: &FactRow) -> String {
    let texts = contract.program().facts().zip(&row.row.facts);
    let mut named = texts.filter_map(|((_, kind), fact)| match (kind, fact) {
        (Type::Code(codes), Some(fact)) if codes.is_empty() => Some(fact.value.show(kind)),
        _ => None,
    });
    named.next().unwrap_or_else(|| format!("row {}", row.number))
}

/// The statements of all rows, in their order.
pub fn statements(
    contract: &Contract,
    year: i64,
    facts: &FactTable,
    result: &str,
) -> Result<Vec<RowStatement>, Box<Problem>> {
    let settled = contract.settle(year, facts)?;
    let maker = Maker { contract, year, facts, result };
    facts
        .rows
        .iter()
        .zip(&settled.lines)
        .map(|(row, line)| maker.statement(row, &settled.columns, line))
        .collect()
}

struct Maker<'a> {
    contract: &'a Contract,
    year: i64,
    facts: &'a FactTable,
    result: &'a str,
}

impl Maker<'_> {
    fn statement(
        &self,
        row: &FactRow,
        headings: &[String],
        line: &StatementLine,
    ) -> Result<RowStatement, Box<Problem>> {
        let contract = self.contract;
        let facts = fact_lines(contract, row);
        let rows = rows_lines(contract, row);
        let mut statement = RowStatement {
            form: FORM.to_owned(),
            contract: ContractReference {
                id: contract.id().to_owned(),
                sha256: contract.digest().to_owned(),
            },
            year: self.year,
            subject: subject(contract, row),
            facts_sha256: digest(&(&facts, &rows)),
            facts,
            rows,
            ..RowStatement::default()
        };
        let cells = headings.iter().zip(&line.cells);
        statement.columns =
            cells.map(|(h, c)| ColumnLine { column: h.clone(), cell: c.clone() }).collect();
        let told = line.problems.iter().map(|problem| &problem.finding);
        statement.problems = told.map(|f| format!("{}: {}", f.code, f.message)).collect();
        statement.result = self.result(row)?;
        if statement.result.is_some() {
            statement.waterfall = waterfall(contract, self.year, row, self.result)?;
        }
        statement.terms = self.terms(row)?;
        Ok(statement)
    }

    fn result(&self, row: &FactRow) -> Result<Option<ResultLine>, Box<Problem>> {
        let values = self.contract.evaluate(self.year, row, &[self.result])?;
        let Some(Ok(Value::Number(amount))) = values.first() else { return Ok(None) };
        let is_whole = amount.checked_mul(Number::whole(100)).is_some_and(Number::is_whole);
        Ok(amount.to_cents(Rounding::HalfUp).map(|cents| ResultLine {
            term: self.result.to_owned(),
            amount_cents: cents.0,
            rounding: if is_whole { String::new() } else { "half_up to $0.01".to_owned() },
        }))
    }

    /// Every term that has a value, what it rests on before it.
    fn terms(&self, row: &FactRow) -> Result<Vec<TermLine>, Box<Problem>> {
        let columns = self.contract.program().column_terms().map(|(_, term, _)| term);
        let mut steps: BTreeMap<String, Step> = BTreeMap::new();
        for wanted in columns.chain([self.result]) {
            if steps.contains_key(wanted) {
                continue;
            }
            // A term without a value is told among the problems of the line.
            if let Ok(found) = self.contract.explain(self.year, self.facts, row, wanted) {
                steps.extend(found.into_iter().map(|step| (step.term.clone(), step)));
            }
        }
        let mut order = Vec::new();
        for (term, _) in self.contract.program().terms() {
            in_order(&steps, term, &mut order);
        }
        // A term of further rows is named with its row: payment[P17].
        let own: Vec<&str> = order.iter().copied().filter(|term| !term.contains('[')).collect();
        let values = self.contract.evaluate(self.year, row, &own)?;
        let values: BTreeMap<&str, _> = own.into_iter().zip(values).collect();
        let lines = (1..).zip(&order).filter_map(|(number, term)| {
            let value = values.get(term).and_then(|value| value.as_ref().ok());
            steps.get(*term).map(|step| self.line(number, step, value))
        });
        Ok(lines.collect())
    }

    fn line(&self, number: u64, step: &Step, value: Option<&Value>) -> TermLine {
        let program = self.contract.program();
        let name = own_name(&step.term);
        let of_rows = program.row_sets().flat_map(|rows| program.row_terms(rows));
        let mut terms = program.terms().chain(of_rows);
        let kind = terms.find(|(term, _)| *term == name).map(|(_, kind)| kind);
        let of_rows = program.row_sets().flat_map(|rows| program.row_facts(rows));
        let facts: BTreeSet<&str> = program.facts().chain(of_rows).map(|(name, _)| name).collect();
        let explained = &step.explained;
        let inputs = explained.inputs.iter().map(|input| InputLine {
            name: input.name.clone(),
            value: input.value.clone(),
            // Where a fact stood in a party's file is that party's affair, not the statement's.
            source: match facts.contains(own_name(&input.name)) {
                true => "facts".to_owned(),
                false => input.source.clone(),
            },
        });
        TermLine {
            number,
            term: step.term.clone(),
            value: explained.value.clone(),
            exact: value.map_or_else(String::new, exact),
            unit: kind.map_or_else(String::new, ToString::to_string),
            rule: explained.rule.id.clone(),
            clause: explained.rule.citation.clone(),
            formula: explained.formula.clone(),
            rounding: explained.rounding.map_or("", rounding_word).to_owned(),
            inputs: inputs.collect(),
        }
    }
}

/// The name in the contract of what stands for one of further rows: `payment` of `payment[P17]`.
fn own_name(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// Adds a term behind everything that it rests on. Terms do not rest on themselves.
fn in_order<'a>(steps: &'a BTreeMap<String, Step>, term: &str, order: &mut Vec<&'a str>) {
    let Some((name, step)) = steps.get_key_value(term) else { return };
    if order.contains(&name.as_str()) {
        return;
    }
    for input in &step.explained.inputs {
        if input.name != term {
            in_order(steps, &input.name, order);
        }
    }
    order.push(name);
}

pub(crate) fn fact_lines(contract: &Contract, row: &FactRow) -> Vec<FactLine> {
    let named = contract.program().facts().zip(&row.row.facts);
    named.map(|((name, kind), fact)| fact_line(name, kind, fact.as_ref())).collect()
}

fn fact_line(name: &str, kind: &Type, fact: Option<&FactValue>) -> FactLine {
    FactLine {
        name: name.to_owned(),
        value: fact.map_or_else(String::new, |fact| fact.value.show(kind)),
        exact: fact.map_or_else(String::new, |fact| exact(&fact.value)),
        half_unit: match fact {
            Some(fact) if !fact.half_unit.is_zero() => fact.half_unit.to_string(),
            _ => String::new(),
        },
    }
}

fn rows_lines(contract: &Contract, row: &FactRow) -> Vec<RowsLine> {
    let program = contract.program();
    let lists = program.row_sets().zip(&row.row.rows);
    let supplied = lists.filter_map(|(rows, listed)| Some((rows, listed.as_ref()?)));
    let line = |(rows, listed): (&str, &std::sync::Arc<Vec<ListedRow>>)| {
        let content: Vec<(&str, Vec<FactLine>)> = listed
            .iter()
            .map(|row| {
                let facts = program.row_facts(rows).zip(&row.facts);
                let lines = facts.map(|((name, kind), fact)| fact_line(name, kind, fact.as_ref()));
                (row.key.as_str(), lines.collect())
            })
            .collect();
        RowsLine { rows: rows.to_owned(), count: content.len() as u64, sha256: digest(&content) }
    };
    supplied.map(line).collect()
}

fn exact(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn rounding_word(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => "half_up",
        Rounding::HalfEven => "half_even",
        Rounding::Down => "down",
        Rounding::Up => "up",
    }
}
