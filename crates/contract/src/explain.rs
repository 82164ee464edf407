//! How a term of a row came about: its rule, the formula with the numbers in place, its inputs.

use crate::ast::Comparison;
mod over;

use crate::contract::Contract;
use crate::evaluate::{Evaluator, Fault, FaultKind, Point};
use crate::facts::{FactRow, FactTable};
use crate::parameters::Parameters;
use crate::parse::CONTRACT_FILE;
use crate::problem::Problem;
use crate::program::{Arithmetic, Node, NodeId};
use crate::rounding::rounding_name;
use crate::unit::Type;
use crate::value::Value;
use counterfoil_base::{Explained, Finding, Input, RuleReference};

/// A term and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The term's name.
    pub term: String,
    /// Its value as people see it, and where it comes from.
    pub explained: Explained<String>,
}

impl Contract {
    /// Explains a term of a row: the term first, then every term it rests on, each once. A term of
    /// further rows is named with the row that is meant: `payment[P17]`.
    pub fn explain(
        &self,
        year: i64,
        facts: &FactTable,
        row: &FactRow,
        term: &str,
    ) -> Result<Vec<Step>, Box<Problem>> {
        let parameters = self.parameters(year)?;
        let mut explainer = Explainer {
            contract: self,
            parameters,
            facts,
            row,
            values: Evaluator::new(&self.program, parameters, &row.row),
        };
        let start = explainer.named(term)?;
        explainer.steps(start).map_err(|fault| Box::new(fault.problem(&self.program)))
    }
}

/// A term that another one rests on; the list and the place of the further row whose it is.
type Need = (usize, Option<(usize, usize)>);

struct Explainer<'a> {
    contract: &'a Contract,
    parameters: &'a Parameters,
    facts: &'a FactTable,
    row: &'a FactRow,
    values: Evaluator<'a, Point>,
}

impl Explainer<'_> {
    /// A term, or the term of a further row: `payment[P17]`.
    fn named(&self, name: &str) -> Result<Need, Box<Problem>> {
        let (term, key) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((term, key)) => (term, Some(key)),
            None => (name, None),
        };
        let index = self.contract.term(term)?;
        let slot = self.contract.program.terms.get(index);
        let Some(set) = slot.and_then(|slot| slot.rows) else { return Ok((index, None)) };
        let rows = self.row.row.rows.get(set).and_then(Option::as_ref);
        let place = key.and_then(|key| rows?.iter().position(|row| row.key == key));
        let place = place.ok_or_else(|| {
            let rows = self.contract.program.row_sets().nth(set).unwrap_or("");
            let message = format!("'{term}' is of {rows}, and no such row is named");
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because("Each of these rows has its own value")
                .fix(format!("Write {term}[NAME], with what names one of the {rows}"));
            Box::new(Problem::of_file(finding, CONTRACT_FILE))
        })?;
        Ok((index, Some((set, place))))
    }

    fn steps(&mut self, start: Need) -> Result<Vec<Step>, Fault> {
        let mut steps = Vec::new();
        let mut order = vec![start];
        let mut next = 0;
        while let Some((term, at)) = order.get(next).copied() {
            next += 1;
            let mut needs = Vec::new();
            self.values.go_to(at);
            steps.push(self.step(term, &mut needs)?);
            for need in needs {
                if !order.contains(&need) {
                    order.push(need);
                }
            }
        }
        Ok(steps)
    }

    fn step(&mut self, term: usize, needs: &mut Vec<Need>) -> Result<Step, Fault> {
        let value = self.values.term(term)?;
        let program = &self.contract.program;
        let slot = program.terms.get(term).ok_or(Fault::of(FaultKind::Mismatch))?;
        let place = self.values.decided(term).unwrap_or(0);
        let rule = slot.rules.get(place).ok_or(Fault::of(FaultKind::Mismatch))?;
        let shown = value.show(&slot.kind);
        let mut inputs = Vec::new();
        let mut formula = self.worked(rule.value, &slot.kind, needs, &mut inputs)?;
        let rounding = slot.rounded.map(|(mode, step)| {
            let step = Value::Number(step).show(&slot.kind);
            formula = format!("{formula}, rounded {} to {step}", rounding_name(mode));
            mode
        });
        let is_shown = formula.strip_prefix(&shown);
        let is_shown = is_shown.is_some_and(|rest| rest.is_empty() || rest.starts_with(" [since"));
        if !is_shown && !formula.ends_with(&format!(" is {shown}")) {
            formula = format!("{formula} = {shown}");
        }
        if rule.condition.is_none() && !slot.is_formula {
            formula = format!("{formula}, because no other rule applies");
        }
        if let Some(condition) = rule.condition {
            let why = self.worked(condition, &Type::Flag, needs, &mut inputs)?;
            formula = format!("{formula}, because {why}");
        }
        let mut id = format!("{}.{}", program.id, slot.name);
        if !slot.is_formula {
            id = format!("{id}.{}", rule.name);
        }
        let reference = RuleReference {
            id,
            version: self.contract.digest().to_owned(),
            citation: program.clause_title(rule.clause).to_owned(),
        };
        inputs.dedup();
        let explained = Explained { value: shown, rule: reference, formula, inputs, rounding };
        Ok(Step { term: self.shown_name(slot), explained })
    }

    /// The expression with the values of its names in place.
    fn worked(
        &mut self,
        id: NodeId,
        kind: &Type,
        needs: &mut Vec<Need>,
        inputs: &mut Vec<Input>,
    ) -> Result<String, Fault> {
        let program = &self.contract.program;
        let Some(node) = program.nodes.get(id) else { return Ok(String::new()) };
        let text = match node {
            Node::Constant(value, own) => value.show(own),
            Node::Fact(index) => self.fact_input(*index, inputs),
            Node::RowFact(set, index) => self.row_fact_input((*set, *index), inputs),
            Node::Over(over) => return self.worked_over(over, id, needs, inputs),
            Node::Parameter(index) => {
                let value = self.values.node(id)?;
                let slot = program.parameters.get(*index);
                let shown = value.show(slot.map_or(kind, |slot| &slot.kind));
                let source = match self.parameters.citation(*index) {
                    "" => self.parameters.file().to_owned(),
                    citation => format!("{}, {citation}", self.parameters.file()),
                };
                let name = slot.map_or("", |slot| &slot.name).to_owned();
                add(inputs, Input { name: name.clone(), value: shown.clone(), source });
                in_words(name, &value, shown)
            }
            Node::Term(index) => {
                let value = self.values.node(id)?;
                let slot = program.terms.get(*index);
                let shown = value.show(slot.map_or(kind, |slot| &slot.kind));
                let name = slot.map(|slot| self.shown_name(slot)).unwrap_or_default();
                let clause = slot.map_or(0, |slot| slot.clause);
                let source = program.clause_title(clause).to_owned();
                add(inputs, Input { name: name.clone(), value: shown.clone(), source });
                let rows = slot.and_then(|slot| slot.rows);
                needs.push((*index, rows.and(self.values.at())));
                in_words(name, &value, shown)
            }
            Node::Year => self.parameters.year().to_string(),
            Node::PerformancePeriod => self.values.node(id)?.show(&Type::Period),
            Node::Given(index) => {
                let name = program.facts.get(*index).map_or("", |slot| &slot.name);
                let is_given = self.row.row.facts.get(*index).is_some_and(Option::is_some);
                format!("{name} is {}given", if is_given { "" } else { "not " })
            }
            Node::RowGiven(set, index) => {
                let name = program.row_fact(*set, *index).map_or("", |slot| &slot.name);
                let is_given = self.values.node(id)? == Value::Flag(true);
                format!("{name} is {}given", if is_given { "" } else { "not " })
            }
            _ => return self.worked_operation(node, kind, needs, inputs),
        };
        Ok(text)
    }

    fn fact_input(&self, index: usize, inputs: &mut Vec<Input>) -> String {
        let slot = self.contract.program.facts.get(index);
        let fact = self.row.row.facts.get(index).and_then(Option::as_ref);
        let (Some(slot), Some(fact)) = (slot, fact) else { return "not given".to_owned() };
        let shown = fact.value.show(&slot.kind);
        let column = self.facts.columns.get(index).cloned().flatten();
        let source = match column {
            Some(column) => format!("row {}, column {column}", self.row.number),
            None => format!("row {}", self.row.number),
        };
        add(inputs, Input { name: slot.name.clone(), value: shown.clone(), source });
        in_words(slot.name.clone(), &fact.value, shown)
    }

    fn worked_operation(
        &mut self,
        node: &Node,
        kind: &Type,
        needs: &mut Vec<Need>,
        inputs: &mut Vec<Input>,
    ) -> Result<String, Fault> {
        // `and` and `or` may stop early.
        let children = match node {
            Node::If(condition, then, other) => {
                let branches = (*condition, *then, *other);
                return self.worked_branch(branches, kind, needs, inputs);
            }
            Node::And(a, b) | Node::Or(a, b) => {
                let stops = Value::Flag(matches!(node, Node::Or(..)));
                if self.values.node(*a)? == stops { vec![*a] } else { vec![*a, *b] }
            }
            _ => node.children(),
        };
        let mut parts = Vec::new();
        for (place, child) in children.into_iter().enumerate() {
            let text = self.worked(child, kind, needs, inputs)?;
            parts.push(self.bracketed(node, (place, child), text));
        }
        let part = |index: usize| parts.get(index).map_or("", String::as_str);
        Ok(match node {
            Node::Arithmetic(operation, ..) => {
                let sign = match operation {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "-",
                    Arithmetic::Multiply => "x",
                    Arithmetic::Divide => "/",
                };
                format!("{} {sign} {}", part(0), part(1))
            }
            Node::Negate(_) => format!("-{}", part(0)),
            Node::Absolute(_) => format!("magnitude({})", part(0)),
            Node::Least(_) => format!("least({})", parts.join(", ")),
            Node::Greatest(_) => format!("greatest({})", parts.join(", ")),
            Node::Round { mode, step, .. } => {
                let step = Value::Number(*step).show(kind);
                format!("round({}, {}, {step})", part(0), rounding_name(*mode))
            }
            Node::Table(index, _) => {
                let table = self.contract.program.tables.get(*index);
                format!("{}({})", table.map_or("", |table| &table.name), part(0))
            }
            Node::DaysBetween(..) => format!("{} - {}", part(1), part(0)),
            Node::DaysIn(_) => format!("days_in({})", part(0)),
            Node::YearOf(_) => format!("year_of({})", part(0)),
            Node::Compare(comparison, ..) => {
                format!("{} {} {}", part(0), comparison_mark(*comparison), part(1))
            }
            Node::Is { codes, is_negated, .. } => {
                let list = codes.join(", ");
                let of = if codes.len() == 1 { "" } else { "one of " };
                format!("{} is {}{of}{list}", part(0), if *is_negated { "not " } else { "" })
            }
            Node::Within(..) => format!("{} within {}", part(0), part(1)),
            Node::Not(_) => format!("not {}", part(0)),
            Node::And(..) => parts.join(" and "),
            Node::Or(..) => parts.join(" or "),
            _ => String::new(),
        })
    }

    /// The branch of a conditional that was computed, and why it was that one.
    fn worked_branch(
        &mut self,
        (condition, then, other): (NodeId, NodeId, NodeId),
        kind: &Type,
        needs: &mut Vec<Need>,
        inputs: &mut Vec<Input>,
    ) -> Result<String, Fault> {
        let holds = self.values.node(condition)? == Value::Flag(true);
        let branch = if holds { then } else { other };
        let mut text = self.worked(branch, kind, needs, inputs)?;
        let why = self.worked(condition, &Type::Flag, needs, inputs)?;
        let nodes = &self.contract.program.nodes;
        if nodes.get(branch).is_some_and(|node| !stands_alone(node)) {
            text = format!("({text})");
        }
        // A flag says itself that it is "no"; a comparison does not.
        let is_said = nodes.get(condition).is_some_and(stands_alone);
        let why = if holds || is_said { why } else { format!("not ({why})") };
        Ok(format!("{text} [since {why}]"))
    }

    /// Brackets where the order of operations would otherwise read differently.
    fn bracketed(&self, parent: &Node, (place, child): (usize, NodeId), text: String) -> String {
        let rank = |node: &Node| match node {
            Node::Or(..) => 1,
            Node::And(..) => 2,
            Node::Not(_) => 3,
            Node::Compare(..) | Node::Is { .. } | Node::Within(..) | Node::Over(_) => 4,
            Node::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 5,
            Node::Arithmetic(..) => 6,
            Node::Negate(_) => 7,
            _ => 8,
        };
        let Some(node) = self.contract.program.nodes.get(child) else { return text };
        let is_call = matches!(
            parent,
            Node::Least(_) | Node::Greatest(_) | Node::Absolute(_) | Node::Round { .. }
        );
        let is_call = is_call || matches!(parent, Node::Table(..) | Node::DaysIn(_));
        let (outer, inner) = (rank(parent), rank(node));
        let needs_brackets =
            inner < outer || inner == outer && place > 0 && (5..=6).contains(&inner);
        if needs_brackets && !is_call && outer < 8 { format!("({text})") } else { text }
    }
}

/// True for what needs no brackets within a formula: a name, a number, a call.
fn stands_alone(node: &Node) -> bool {
    !matches!(
        node,
        Node::Or(..)
            | Node::And(..)
            | Node::Not(_)
            | Node::Compare(..)
            | Node::Is { .. }
            | Node::Within(..)
            | Node::Over(_)
            | Node::Arithmetic(..)
            | Node::Negate(_)
            | Node::If(..)
    )
}

/// A flag or code says nothing without its name; a number stands for itself.
fn in_words(name: String, value: &Value, shown: String) -> String {
    match value {
        Value::Flag(_) => format!("{name} is {shown}"),
        Value::Code(_) => format!("{name} ({shown})"),
        _ => shown,
    }
}

fn add(inputs: &mut Vec<Input>, input: Input) {
    if !inputs.contains(&input) {
        inputs.push(input);
    }
}

fn comparison_mark(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Unequal => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
