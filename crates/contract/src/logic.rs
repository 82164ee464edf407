//! What must hold for every row, shown before any row is seen.
//!
//! Rules that can apply at once, cases that no rule covers, rules that never apply, divisors that
//! can be zero, arguments outside tables and facts that may be missing are found by searching for
//! facts at which they happen. Conditions are linear in most contracts; there the search is
//! complete. Where it is not, the message says so, and evaluation still refuses the row.

mod bounds;
mod codes;
mod formula;
mod rows;
mod solve;
mod whole;

use crate::ast::{Comparison, Presence, Span};
use crate::number::Number;
use crate::parse::CONTRACT_FILE;
use crate::problem::{Problem, push_within_bounds};
use crate::program::{Arithmetic, FactSlot, Node, NodeId, Program, RuleSlot, TermSlot};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Finding;
use formula::{Alternatives, Reader};
use solve::Answer;

/// Searches for rows at which rules collide, fail to cover, or divide by zero.
pub(crate) fn check(program: &Program, problems: &mut Vec<Problem>) {
    let bounds = bounds::bounds(program);
    let reader = Reader::new(program, &bounds);
    let mut logic = Logic { program, problems, is_of_rows: false, reader };
    for term in &program.terms {
        logic.is_of_rows = term.rows.is_some();
        let decides: Vec<Alternatives> =
            (0..term.rules.len()).map(|place| logic.reader.decides(&term.rules, place)).collect();
        logic.collisions(term, &decides);
        logic.coverage(term);
        for (rule, path) in term.rules.iter().zip(&decides) {
            if let Some(condition) = rule.condition {
                logic.walk(condition, &Some(vec![formula::Facts::default()]));
            }
            logic.reachable(rule, path);
            logic.walk(rule.value, path);
        }
        if logic.reader.is_exhausted() {
            return logic.exhausted(term);
        }
    }
    logic.is_of_rows = false;
    for note in &program.notes {
        logic.walk(note.condition, &Some(vec![formula::Facts::default()]));
    }
}

struct Logic<'a> {
    program: &'a Program,
    problems: &'a mut Vec<Problem>,
    /// True in a term of further rows.
    is_of_rows: bool,
    /// One for the whole contract, whose steps are counted together.
    reader: Reader<'a>,
}

impl Logic<'_> {
    fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            push_within_bounds(self.problems, problem);
        }
    }

    fn span(&self, node: NodeId) -> Span {
        self.program.spans.get(node).copied().unwrap_or_default()
    }

    /// The search took too long, so that nothing is known of the terms from here on.
    fn exhausted(&mut self, term: &TermSlot) {
        let message = format!("The rules of '{}' could not be followed to their end", term.name);
        let finding = Finding::error("CONTRACT-too-large", 7, message)
            .because("So many cases meet here that no reader could follow them either")
            .fix("Give parts of the conditions names of their own, and use fewer rules");
        self.problem(Problem::at(finding, CONTRACT_FILE, term.span).label("from here on"));
    }

    /// Two rules of a term that can decide at once.
    fn collisions(&mut self, term: &TermSlot, decides: &[Alternatives]) {
        for (place, second) in term.rules.iter().enumerate() {
            for (before, first) in term.rules.iter().enumerate().take(place) {
                let is_settled =
                    first.overrides.contains(&place) || second.overrides.contains(&before);
                if is_settled || first.condition.is_none() || second.condition.is_none() {
                    continue;
                }
                let of = |place: usize| decides.get(place).and_then(Option::as_ref);
                let pair = of(before).zip(of(place));
                let alternatives = pair.and_then(|(one, other)| self.reader.both(one, other));
                match self.reader.can_hold(&alternatives) {
                    Answer::Never => {}
                    Answer::Holds(example) => self.collide((first, second), term, &example),
                    Answer::Unknown => self.not_shown(second.span, "that these rules exclude"),
                }
            }
        }
    }

    fn collide(&mut self, (first, second): (&RuleSlot, &RuleSlot), term: &TermSlot, example: &str) {
        let message = format!(
            "Rules '{}' and '{}' of '{}' can apply at once",
            first.name, second.name, term.name
        );
        let finding = Finding::error("CONTRACT-overlap", 7, message)
            .because(format!("For example when {example}"))
            .fix(format!(
                "State which one gives way ('rule {}, exception to {}, when ...'), or make their \
                 conditions exclude each other",
                second.name, first.name
            ));
        let problem = Problem::at(finding, CONTRACT_FILE, second.span).label("this rule applies");
        self.problem(problem.related(first.span, "and so does this one"));
    }

    /// Rows for which no rule applies.
    fn coverage(&mut self, term: &TermSlot) {
        if term.is_formula || term.rules.iter().any(|rule| rule.condition.is_none()) {
            return;
        }
        let reader = &self.reader;
        let mut none: Alternatives = Some(vec![formula::Facts::default()]);
        for rule in &term.rules {
            let not = rule.condition.and_then(|condition| reader.condition(condition, false));
            none = none.zip(not).and_then(|(none, not)| reader.both(&none, &not));
        }
        let example = match reader.can_hold(&none) {
            Answer::Never => return,
            Answer::Holds(example) => format!("For example when {example}"),
            Answer::Unknown => "The conditions are too intertwined to be followed".to_owned(),
        };
        let message = format!("No rule of '{}' may apply", term.name);
        let finding = Finding::error("CONTRACT-missing-case", 7, message)
            .because(example)
            .fix("Add a rule for this case, or a last rule 'otherwise'");
        self.problem(
            Problem::at(finding, CONTRACT_FILE, term.span).label("not every case has a rule"),
        );
    }

    fn reachable(&mut self, rule: &RuleSlot, path: &Alternatives) {
        if self.reader.can_hold(path) != Answer::Never {
            return;
        }
        let message = format!("Rule '{}' never decides", rule.name);
        let finding = Finding::error("CONTRACT-unreachable", 7, message)
            .because("Its condition is never met, or an exception always stands before it")
            .fix("Correct the condition, or remove the rule");
        self.problem(Problem::at(finding, CONTRACT_FILE, rule.span).label("without effect"));
    }

    fn not_shown(&mut self, span: Span, what: &str) {
        let message = format!("It could not be shown {what} each other");
        let finding = Finding::warning("CONTRACT-not-shown", 7, message)
            .because("The conditions are too intertwined to be followed")
            .fix("Split the conditions into terms, or state an exception");
        self.problem(Problem::at(finding, CONTRACT_FILE, span).label("this rule"));
    }

    /// Visits the parts of an expression, each under what must hold for it to be computed.
    fn walk(&mut self, id: NodeId, path: &Alternatives) {
        let program = self.program;
        let Some(node) = program.nodes.get(id) else { return };
        match node {
            Node::And(a, b) | Node::Or(a, b) => {
                let goes_on = matches!(node, Node::And(..));
                self.walk(*a, path);
                self.walk(*b, &self.narrowed(path, *a, goes_on));
            }
            Node::If(condition, then, other) => {
                self.walk(*condition, path);
                self.walk(*then, &self.narrowed(path, *condition, true));
                self.walk(*other, &self.narrowed(path, *condition, false));
            }
            Node::Arithmetic(Arithmetic::Divide, _, divisor) => {
                self.divisor(*divisor, path);
                node.children().into_iter().for_each(|child| self.walk(child, path));
            }
            Node::Table(index, argument) => {
                self.argument(*index, *argument, path);
                self.walk(*argument, path);
            }
            Node::Fact(index) => self.presence(program.facts.get(*index), id, path),
            Node::RowFact(set, index) => self.presence(program.row_fact(*set, *index), id, path),
            Node::Over(over) => self.walk_over(over, path),
            _ => node.children().into_iter().for_each(|child| self.walk(child, path)),
        }
    }

    fn narrowed(&self, path: &Alternatives, condition: NodeId, holds: bool) -> Alternatives {
        let condition = self.reader.condition(condition, holds)?;
        self.reader.both(path.as_ref()?, &condition)
    }

    /// Whether a number can stand in this relation to a limit, where it is computed.
    fn can_be(
        &self,
        node: NodeId,
        comparison: Comparison,
        limit: Number,
        path: &Alternatives,
    ) -> Answer<String> {
        let reader = &self.reader;
        let relation = reader.relation(node, comparison, limit);
        let pair = path.as_ref().zip(relation);
        reader.can_hold(&pair.and_then(|(path, relation)| reader.both(path, &relation)))
    }

    fn divisor(&mut self, divisor: NodeId, path: &Alternatives) {
        let example = match self.can_be(divisor, Comparison::Equal, Number::ZERO, path) {
            Answer::Never => return,
            Answer::Holds(example) => format!("For example when {example}"),
            Answer::Unknown => "The conditions are too intertwined to be followed".to_owned(),
        };
        let finding = Finding::error("CONTRACT-division-by-zero", 7, "The divisor can be zero")
            .because(example)
            .fix("Declare the fact 'above 0', or state by a rule what applies when it is zero");
        let problem = Problem::at(finding, CONTRACT_FILE, self.span(divisor));
        self.problem(problem.label("can be zero"));
    }

    fn argument(&mut self, table: usize, argument: NodeId, path: &Alternatives) {
        let Some(slot) = self.program.tables.get(table) else { return };
        let is_counted = slot.argument_kind == Type::Number(Unit::COUNT);
        if is_counted && slot.rows.len() > 1 && !self.reader.is_whole(argument) {
            let message = format!("The table '{}' has rows for whole numbers only", slot.name);
            let finding = Finding::error("CONTRACT-outside-table", 7, message)
                .because("A number between two rows would find no value")
                .fix("Round the number to a step of 1 before it is looked up");
            let problem = Problem::at(finding, CONTRACT_FILE, self.span(argument));
            self.problem(problem.label("may have a fraction"));
        }
        let first = slot.rows.first().map(|row| (Comparison::Less, row.from));
        let last = slot.rows.last().and_then(|row| row.to).map(|to| (Comparison::Greater, to));
        for (comparison, limit) in first.into_iter().chain(last) {
            let example = match self.can_be(argument, comparison, limit, path) {
                Answer::Never => continue,
                Answer::Holds(example) => format!("For example when {example}"),
                Answer::Unknown => "The conditions are too intertwined to be followed".to_owned(),
            };
            let side = if comparison == Comparison::Less { "below" } else { "above" };
            let limit = Value::Number(limit).show(&slot.argument_kind);
            let message = format!("The table '{}' says nothing {side} {limit}", slot.name);
            let finding = Finding::error("CONTRACT-outside-table", 7, message)
                .because(example)
                .fix("Use the table under a condition that keeps inside it, or add the row");
            let problem = Problem::at(finding, CONTRACT_FILE, self.span(argument));
            self.problem(problem.label("can lie outside"));
        }
    }

    /// An optional fact is used only where it is known to be given.
    fn presence(&mut self, fact: Option<&FactSlot>, id: NodeId, path: &Alternatives) {
        let Some(slot) = fact else { return };
        if slot.presence != Presence::Optional {
            return;
        }
        let missing = self.reader.missing(&slot.name);
        let all = path.as_ref().and_then(|path| self.reader.both(path, &missing));
        if self.reader.can_hold(&all) == Answer::Never {
            return;
        }
        let message = format!("'{}' may be missing here", slot.name);
        let finding = Finding::error("CONTRACT-fact-unguarded", 7, message)
            .because("The fact is declared optional, and a missing number is never taken as zero")
            .fix(format!(
                "Ask 'given({0})' first; or declare it 'on_demand': rows without it are refused",
                slot.name
            ));
        let problem = Problem::at(finding, CONTRACT_FILE, self.span(id));
        self.problem(problem.label("may be missing"));
    }
}
