//! What statements, comparisons and simulations ask of a checked contract.

use crate::contract::Contract;
use crate::evaluate::{Evaluator, Fault, FaultKind, Point};
use crate::facts::FactRow;
use crate::markdown::read_markdown;
use crate::number::Number;
use crate::parameters::{ParameterValue, Parameters};
use crate::parse::parse;
use crate::problem::Problem;
use crate::program::{Arithmetic, ColumnValue, Node, NodeId, Program};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Rounding;

/// A declaration of a contract's text: `term earned: money = ...` under its clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The word it begins with: `fact`, `term`, `table`.
    pub kind: String,
    /// What it declares; for a column its heading, and `of ROWS` for one of further rows.
    pub name: String,
    /// The heading above it.
    pub clause: String,
    /// The whole of it, each run of blanks and line breaks as one blank.
    pub text: String,
}

/// A number of a year as the contract states it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stated {
    /// The parameter.
    pub name: String,
    /// The code that it holds for; empty when it holds for all.
    pub code: String,
    /// The value as people see it: `50%`, `$12.00`.
    pub value: String,
    /// Its source.
    pub citation: String,
}

/// A part of a formula with the value that it had for one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// What is computed.
    pub operation: Operation,
    /// What came out.
    pub value: Value,
    /// Unit of a number.
    pub unit: Option<Unit>,
    /// What it is computed from, in the order of the text.
    pub parts: Vec<Worked>,
}

/// What a part of a formula does. Of a conditional only the branch that was taken is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A number of the text.
    Constant,
    /// A fact, by its name.
    Fact(String),
    /// A number of the year, by its name.
    Parameter(String),
    /// A term, by its name.
    Term(String),
    /// A sum of two parts.
    Add,
    /// The first part less the second.
    Subtract,
    /// A product of two parts.
    Multiply,
    /// The first part over the second.
    Divide,
    /// The part on the other side of zero.
    Negate,
    /// The part's distance from zero.
    Magnitude,
    /// The smallest part.
    Least,
    /// The largest part.
    Greatest,
    /// The part, rounded.
    Round,
    /// Anything else; its parts are not given.
    Other,
}

/// How one term of a row was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Working {
    /// The rule that decided; empty for a term with one formula.
    pub rule: String,
    /// The heading over the rule.
    pub clause: String,
    /// The formula of that rule.
    pub formula: Worked,
    /// The rounding of the term, and to which step.
    pub rounding: Option<(Rounding, Number)>,
    /// The value of the term.
    pub value: Value,
    /// Facts and terms that the formulas of all its rules name, in the order of the text.
    pub mentions: Vec<String>,
}

/// The declarations of a contract's text, in its order; nothing of a text that cannot be parsed.
#[must_use]
pub fn declarations(bytes: &[u8]) -> Vec<Declared> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let (document, _) = parse(bytes);
    let clauses = read_markdown(text).clauses;
    let declared = document.declarations.iter().filter_map(|declaration| {
        let source = text.get(declaration.span.start..declaration.span.end)?;
        let text = source.split_whitespace().collect::<Vec<_>>().join(" ");
        let (kind, rest) = text.split_once(' ')?;
        let name = match rest.strip_prefix('"') {
            Some(heading) => heading.split_once('"').map(|(heading, rest)| {
                let of = rest.split_once('=').map_or("", |(of, _)| of.trim());
                format!("{heading} {of}").trim_end().to_owned()
            }),
            None => rest.split([':', '(', ' ', '=']).next().map(str::to_owned),
        };
        Some(Declared {
            kind: kind.to_owned(),
            name: name.unwrap_or_default(),
            clause: clauses.get(declaration.clause).map_or("", |c| &c.title).to_owned(),
            text: text.clone(),
        })
    });
    declared.collect()
}

impl Program {
    /// The columns of the statement that hold a term: heading, term, type.
    pub fn column_terms(&self) -> impl Iterator<Item = (&str, &str, &Type)> {
        self.columns.iter().filter_map(|column| match column.source {
            ColumnValue::Term(index) => {
                let slot = self.terms.get(index)?;
                Some((column.title.as_str(), slot.name.as_str(), &slot.kind))
            }
            _ => None,
        })
    }

    /// Whether a value keeps to the bounds of the fact with this name.
    #[must_use]
    pub fn keeps_to_bounds(&self, fact: &str, value: &Value) -> bool {
        let slot = self.fact_index(fact).and_then(|index| self.facts.get(index));
        slot.is_some_and(|slot| slot.refuses(value).is_none())
    }
}

impl Contract {
    /// The numbers of a year in the order of the contract's text, codes in their own order.
    pub fn stated(&self, year: i64) -> Result<Vec<Stated>, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let mut all = Vec::new();
        for (index, slot) in self.program.parameters.iter().enumerate() {
            let mut add = |code: &str, value: &Value| {
                all.push(Stated {
                    name: slot.name.clone(),
                    code: code.to_owned(),
                    value: value.show(&slot.kind),
                    citation: parameters.citation(index).to_owned(),
                });
            };
            match parameters.value(index) {
                Some(ParameterValue::One(value)) => add("", value),
                Some(ParameterValue::ByCode(values)) => {
                    values.iter().for_each(|(code, value)| add(code, value));
                }
                None => {}
            }
        }
        Ok(all)
    }

    /// The values of terms of one row, what they share computed once.
    pub fn evaluate(
        &self,
        year: i64,
        row: &FactRow,
        terms: &[&str],
    ) -> Result<Vec<Result<Value, Fault>>, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let places: Vec<usize> =
            terms.iter().map(|term| self.term(term)).collect::<Result<_, _>>()?;
        let mut values = Evaluator::<Point>::new(&self.program, parameters, &row.row);
        Ok(places.into_iter().map(|place| values.term(place)).collect())
    }

    /// How a term of a row was computed, part by part.
    pub fn working(&self, year: i64, row: &FactRow, term: &str) -> Result<Working, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let place = self.term(term)?;
        self.worked(parameters, row, place).map_err(|fault| Box::new(fault.problem(&self.program)))
    }

    fn worked(
        &self,
        parameters: &Parameters,
        row: &FactRow,
        place: usize,
    ) -> Result<Working, Fault> {
        let program = &self.program;
        let mut values = Evaluator::<Point>::new(program, parameters, &row.row);
        let value = values.term(place)?;
        let slot = program.terms.get(place).ok_or(Fault::of(FaultKind::Mismatch))?;
        let decided = values.decided(place).unwrap_or(0);
        let rule = slot.rules.get(decided).ok_or(Fault::of(FaultKind::Mismatch))?;
        let mut mentions = Vec::new();
        slot.rules.iter().for_each(|rule| mention(program, rule.value, &mut mentions));
        Ok(Working {
            rule: if slot.is_formula { String::new() } else { rule.name.clone() },
            clause: program.clause_title(rule.clause).to_owned(),
            formula: part(program, &mut values, rule.value)?,
            rounding: slot.rounded,
            value,
            mentions,
        })
    }
}

/// Names of facts and terms below a node, in the order of the text, each once.
fn mention(program: &Program, id: NodeId, found: &mut Vec<String>) {
    let Some(node) = program.nodes.get(id) else { return };
    let name = match node {
        Node::Fact(index) => program.facts.get(*index).map(|slot| &slot.name),
        Node::Term(index) => program.terms.get(*index).map(|slot| &slot.name),
        _ => None,
    };
    if let Some(name) = name
        && !found.contains(name)
    {
        found.push(name.clone());
    }
    // What further rows contribute is theirs, not the row's.
    let children = match node {
        Node::Over(over) => over.other.into_iter().collect(),
        _ => node.children(),
    };
    children.into_iter().for_each(|child| mention(program, child, found));
}

fn part(program: &Program, values: &mut Evaluator<'_, Point>, id: NodeId) -> Result<Worked, Fault> {
    let node = program.nodes.get(id).ok_or(Fault::of(FaultKind::Mismatch))?;
    if let Node::If(condition, then, other) = node {
        let holds = values.node(*condition)? == Value::Flag(true);
        return part(program, values, if holds { *then } else { *other });
    }
    let value = values.node(id)?;
    let unit_of = |kind: Option<&Type>| match kind {
        Some(Type::Number(unit)) => Some(*unit),
        _ => None,
    };
    let leaf = |operation, kind: Option<&Type>| Worked {
        operation,
        value: value.clone(),
        unit: unit_of(kind),
        parts: Vec::new(),
    };
    let (operation, children) = match node {
        Node::Constant(_, kind) => return Ok(leaf(Operation::Constant, Some(kind))),
        Node::Fact(index) => {
            let slot = program.facts.get(*index);
            let name = slot.map_or("", |slot| &slot.name).to_owned();
            return Ok(leaf(Operation::Fact(name), slot.map(|slot| &slot.kind)));
        }
        Node::Parameter(index) => {
            let slot = program.parameters.get(*index);
            let name = slot.map_or("", |slot| &slot.name).to_owned();
            return Ok(leaf(Operation::Parameter(name), slot.map(|slot| &slot.kind)));
        }
        Node::Term(index) => {
            let slot = program.terms.get(*index);
            let name = slot.map_or("", |slot| &slot.name).to_owned();
            return Ok(leaf(Operation::Term(name), slot.map(|slot| &slot.kind)));
        }
        Node::Table(index, _) => {
            let slot = program.tables.get(*index);
            return Ok(leaf(Operation::Other, slot.map(|slot| &slot.kind)));
        }
        Node::Arithmetic(Arithmetic::Add, a, b) => (Operation::Add, vec![*a, *b]),
        Node::Arithmetic(Arithmetic::Subtract, a, b) => (Operation::Subtract, vec![*a, *b]),
        Node::Arithmetic(Arithmetic::Multiply, a, b) => (Operation::Multiply, vec![*a, *b]),
        Node::Arithmetic(Arithmetic::Divide, a, b) => (Operation::Divide, vec![*a, *b]),
        Node::Negate(a) => (Operation::Negate, vec![*a]),
        Node::Absolute(a) => (Operation::Magnitude, vec![*a]),
        Node::Least(all) => (Operation::Least, all.clone()),
        Node::Greatest(all) => (Operation::Greatest, all.clone()),
        Node::Round { value, .. } => (Operation::Round, vec![*value]),
        Node::Over(over) => return Ok(leaf(Operation::Other, Some(&Type::Number(over.unit)))),
        _ => return Ok(leaf(Operation::Other, None)),
    };
    let parts: Vec<Worked> =
        children.into_iter().map(|child| part(program, values, child)).collect::<Result<_, _>>()?;
    let unit = unit_of_parts(&operation, &parts);
    Ok(Worked { operation, value, unit, parts })
}

/// The unit of an operation: products and quotients combine, everything else keeps it.
fn unit_of_parts(operation: &Operation, parts: &[Worked]) -> Option<Unit> {
    match (operation, parts) {
        (Operation::Multiply, [a, b]) => a.unit?.times(b.unit?),
        (Operation::Divide, [a, b]) => a.unit?.per(b.unit?),
        // A plain number takes the unit of what it meets.
        _ => parts
            .iter()
            .find(|part| part.operation != Operation::Constant)
            .or(parts.first())
            .and_then(|part| part.unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ContractFiles;
    use crate::evaluate::FactValue;

    const TEXT: &str = "# Deal\n```terms\ncontract deal\nfact saved: money\n```\n## 1. Share\n\
        ```terms\nparameter share: rate\nterm due: money\n  rule some when saved > $0:\n    \
        least(saved * share, $50)\n  otherwise: $0\ncolumn \"Due\" = due\n```\n";

    fn deal() -> Contract {
        let mut files = ContractFiles::new();
        files.insert("contract.md".to_owned(), TEXT.into());
        let year = "[share]\nvalue = \"0.5\"\ncitation = \"Deal, 1\"\n";
        files.insert("params/2024.toml".to_owned(), year.into());
        let (contract, problems) = Contract::load(&files);
        assert_eq!(problems, []);
        contract
    }

    fn row(saved: i64) -> FactRow {
        let saved = FactValue::exact(Value::Number(Number::whole(saved)));
        let mut row = FactRow::default();
        row.row.facts.push(Some(saved));
        row
    }

    #[test]
    fn declarations_are_told_with_their_clauses() {
        let all = declarations(TEXT.as_bytes());
        let told: Vec<_> = all.iter().map(|d| (&*d.kind, &*d.name, &*d.clause)).collect();
        let expected = [
            ("contract", "deal", "Deal"),
            ("fact", "saved", "Deal"),
            ("parameter", "share", "1. Share"),
            ("term", "due", "1. Share"),
            ("column", "Due", "1. Share"),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            all[3].text,
            "term due: money rule some when saved > $0: least(saved * share, $50) otherwise: $0"
        );
        let two = b"```terms\ncolumn \"P\" = p\ncolumn \"P\" of lines = p\n```\n";
        let names: Vec<String> = declarations(two).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["P", "P of lines"]);
        assert_eq!(declarations(b"```terms\nfact"), []);
    }

    #[test]
    fn a_working_shows_the_parts_of_the_rule_that_decided() {
        let deal = deal();
        let working = deal.working(2024, &row(80), "due").unwrap();
        assert_eq!((&*working.rule, &*working.clause), ("some", "1. Share"));
        assert_eq!(working.formula.operation, Operation::Least);
        assert_eq!(working.formula.unit, Some(Unit::MONEY));
        assert_eq!(working.formula.parts[0].operation, Operation::Multiply);
        assert_eq!(working.formula.parts[0].parts[0].operation, Operation::Fact("saved".into()));
        assert_eq!(working.value, Value::Number(Number::whole(40)));
        assert_eq!(working.mentions, ["saved"]);
        assert_eq!(deal.working(2024, &row(-1), "due").unwrap().rule, "otherwise");
        assert!(deal.working(2024, &row(1), "dew").is_err());
    }

    #[test]
    fn years_columns_and_values_can_be_asked() {
        let deal = deal();
        let stated = deal.stated(2024).unwrap();
        assert_eq!((&*stated[0].name, &*stated[0].value), ("share", "50%"));
        let columns: Vec<_> = deal.program().column_terms().map(|(t, n, _)| (t, n)).collect();
        assert_eq!(columns, [("Due", "due")]);
        let values = deal.evaluate(2024, &row(200), &["due"]).unwrap();
        assert_eq!(values, [Ok(Value::Number(Number::whole(50)))]);
    }
}
