//! Settles rows of facts for a year: one line of the statement for each row, in their order.

use crate::contract::Contract;
use crate::evaluate::{Evaluator, Fault, Point, Range, RangeValue, Truth};
use crate::facts::{FactRow, FactTable};
use crate::number::Number;
use crate::parameters::Parameters;
use crate::plan::{Line, LineFacts, Memory, Plan};
use crate::problem::Problem;
use crate::program::{ColumnSlot, ColumnValue, TermSlot};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::{Finding, Rounding};
use std::borrow::Cow;

/// A settled year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Headings of the columns.
    pub columns: Vec<String>,
    /// One line for each row of the facts, in their order.
    pub lines: Vec<StatementLine>,
}

/// One line of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementLine {
    /// The row of the facts: the first one below the heading is 1.
    pub row: u64,
    /// A cell for each column; empty where the row could not be computed.
    pub cells: Vec<String>,
    /// Why the row could not be computed, as far as it could not.
    pub problems: Vec<Problem>,
}

impl Contract {
    /// Settles the rows for a year.
    pub fn settle(&self, year: i64, facts: &FactTable) -> Result<Statement, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let columns = self.program.columns().map(str::to_owned).collect();
        let lines = facts.rows.iter().map(|row| self.line(parameters, row)).collect();
        Ok(Statement { columns, lines })
    }

    /// The value of one term for each row, or why it has none; nothing else is computed.
    pub fn price(
        &self,
        year: i64,
        facts: &FactTable,
        term: &str,
    ) -> Result<Vec<Result<Value, Fault>>, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let index = self.term(term)?;
        let Some(first) = facts.rows.first() else { return Ok(Vec::new()) };
        let Some(slot) = self.program.terms.get(index) else { return Ok(Vec::new()) };
        let plan = Plan::new(&self.program, parameters);
        let used = self.program.facts_of(index);
        let mut exact = Evaluator::<Point>::new(&self.program, parameters, &first.row);
        let (mut line, mut memory) = (LineFacts::blank(&self.program), Memory::default());
        let mut prices = Vec::with_capacity(facts.rows.len());
        for row in &facts.rows {
            line.take(&plan, &used, &row.row);
            memory.next_line();
            let short = Line::new(&plan, &line, &mut memory).term(index);
            let value = short.and_then(|short| plan.value(&slot.kind, short));
            prices.push(value.map_or_else(
                || {
                    exact.start(&row.row);
                    exact.term(index)
                },
                Ok,
            ));
        }
        Ok(prices)
    }

    /// Settles the further rows of every row for a year: one line for each of them, in the order
    /// of their file.
    pub fn settle_rows(
        &self,
        year: i64,
        facts: &FactTable,
        rows: &str,
    ) -> Result<Statement, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let set = self.row_set(rows)?;
        let slot = self.program.row_sets.get(set);
        let slots = slot.map_or(&[][..], |slot| &slot.columns);
        let mut lines = Vec::new();
        for row in &facts.rows {
            let mut cells = Cells::new(self, parameters, row);
            let listed = row.row.rows.get(set).and_then(Option::as_ref);
            for (place, listed) in listed.into_iter().flat_map(|rows| rows.iter()).enumerate() {
                cells.go_to((set, place));
                lines.push(cells.line(slots, listed.number));
            }
        }
        lines.sort_by_key(|line| line.row);
        Ok(Statement { columns: slots.iter().map(|column| column.title.clone()).collect(), lines })
    }

    fn line(&self, parameters: &Parameters, row: &FactRow) -> StatementLine {
        let mut cells = Cells::new(self, parameters, row);
        let mut line = cells.line(&self.program.columns, row.number);
        let unread = row.findings.iter().cloned().map(|f| Problem::of_file(f, "facts"));
        line.problems = unread.chain(line.problems).collect();
        line
    }
}

/// The cells of the lines that a row of the facts leads to.
struct Cells<'a> {
    contract: &'a Contract,
    row: &'a FactRow,
    points: Evaluator<'a, Point>,
    ranges: Evaluator<'a, Range>,
    at: Option<(usize, usize)>,
}

impl<'a> Cells<'a> {
    fn new(contract: &'a Contract, parameters: &'a Parameters, row: &'a FactRow) -> Cells<'a> {
        let program = &contract.program;
        Cells {
            contract,
            row,
            points: Evaluator::new(program, parameters, &row.row),
            ranges: Evaluator::new(program, parameters, &row.row),
            at: None,
        }
    }

    fn go_to(&mut self, at: (usize, usize)) {
        self.at = Some(at);
        self.points.go_to(self.at);
        self.ranges.go_to(self.at);
    }

    fn line(&mut self, columns: &[ColumnSlot], number: u64) -> StatementLine {
        let mut line = StatementLine { row: number, ..StatementLine::default() };
        let program = &self.contract.program;
        for column in columns {
            let cell = match column.source {
                ColumnValue::Fact(index) => Ok(self.fact_cell(index)),
                ColumnValue::RowFact(index) => Ok(self.row_fact_cell(index)),
                ColumnValue::Term(index) => {
                    self.points.term(index).map(|value| cell(&value, program.terms.get(index)))
                }
                ColumnValue::Lowest(index) => {
                    self.ranges.term(index).map(|value| self.end_cell(&value, index, true))
                }
                ColumnValue::Highest(index) => {
                    self.ranges.term(index).map(|value| self.end_cell(&value, index, false))
                }
                ColumnValue::Notes => self.notes(),
            };
            line.cells.push(cell.unwrap_or_else(|fault| {
                // The findings of a settled row have told of cells that could not be read.
                let problem = fault.problem(program);
                let is_told = fault.is_unread() && self.at.is_none();
                if !is_told && !line.problems.contains(&problem) {
                    line.problems.push(problem);
                }
                String::new()
            }));
        }
        line
    }

    fn fact_cell(&self, index: usize) -> String {
        let value = self.row.row.facts.get(index).and_then(Option::as_ref);
        value.map_or_else(String::new, |fact| cell(&fact.value, None))
    }

    fn row_fact_cell(&self, index: usize) -> String {
        let listed = self.at.and_then(|(set, place)| {
            self.row.row.rows.get(set)?.as_ref()?.get(place)?.facts.get(index)?.as_ref()
        });
        listed.map_or_else(String::new, |fact| cell(&fact.value, None))
    }

    fn end_cell(&self, value: &RangeValue, index: usize, is_lowest: bool) -> String {
        match value {
            RangeValue::Number(low, high) => {
                let end = if is_lowest { *low } else { *high };
                // Away from the values between the ends, so that the cells enclose them too.
                let is_up = is_lowest == end.is_negative();
                let mode = if is_up { Rounding::Up } else { Rounding::Down };
                let end = Value::Number(to_cell_places(end, mode));
                cell(&end, self.contract.program.terms.get(index))
            }
            _ => String::new(),
        }
    }

    fn notes(&mut self) -> Result<String, Fault> {
        let mut texts: Vec<&str> = Vec::new();
        if !self.row.findings.is_empty() {
            texts.push("a fact could not be read");
        }
        for note in &self.contract.program.notes {
            if self.points.holds(note.condition)? == Truth::True {
                texts.push(&note.text);
            }
        }
        Ok(texts.join("; "))
    }
}

/// Places of a cell whose number has no exact decimal of so many places.
const PLACES_MAX: u32 = 12;

/// A value as machines read it: dollars and cents without marks, rates as fractions; a number
/// with more than twelve places is rounded half up to them.
fn cell(value: &Value, term: Option<&TermSlot>) -> String {
    let Value::Number(number) = value else {
        return value.show(&Type::Flag);
    };
    let is_money = term.is_some_and(|slot| slot.kind == Type::Number(Unit::MONEY));
    let cents_are_whole = number.checked_mul(Number::whole(100)).is_some_and(Number::is_whole);
    if is_money && cents_are_whole {
        return number.to_places(2).unwrap_or_else(|| number.to_string());
    }
    to_cell_places(*number, Rounding::HalfUp).to_string()
}

/// A number with at most so many places as a cell has, rounded in the named mode.
fn to_cell_places(number: Number, rounding: Rounding) -> Number {
    if number.decimal_places().is_some_and(|places| places <= PLACES_MAX) {
        return number;
    }
    let step = Number::last_place(PLACES_MAX);
    step.and_then(|step| number.round(step, rounding)).unwrap_or(number)
}

/// A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe in front;
/// numbers stay numbers.
fn harmless(cell: &str) -> Cow<'_, str> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number;
    if is_formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

impl Statement {
    /// The statement as CSV with a heading, lines ended by a line feed (RFC 4180 quoting). Text
    /// that a spreadsheet would take for a formula has an apostrophe in front.
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for line in &self.lines {
            let cells: Vec<Cow<'_, str>> = line.cells.iter().map(|cell| harmless(cell)).collect();
            writer.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    /// Everything that could not be computed, with its row.
    pub fn findings(&self) -> impl Iterator<Item = (u64, &Finding)> {
        self.lines
            .iter()
            .flat_map(|line| line.problems.iter().map(|problem| (line.row, &problem.finding)))
    }
}
