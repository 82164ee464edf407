//! Gives every name its meaning and every expression its type; what fails is told with its place.

mod expression;
mod literal;
mod order;
mod over;

use crate::ast::{
    Column, ColumnSource, DeclarationKind, Definition, Document, Fact, Interpolation, Name, Note,
    Parameter, Rule, Span, Table, Term, TypeExpression,
};
use crate::logic;
use crate::number::Number;
use crate::parse::CONTRACT_FILE;
use crate::problem::{Problem, did_you_mean, push_within_bounds};
use crate::program::{
    ColumnSlot, ColumnValue, FactSlot, Node, NodeId, NoteSlot, ParameterSlot, Program, RuleSlot,
    TableSlot, TermSlot,
};
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Finding;
use std::collections::BTreeMap;

/// Most declarations of one contract; a bound on hostile texts.
const DECLARATIONS_MAX: usize = 2_000;

/// Checks a contract's declarations. The program is complete only when no problem is an error.
#[must_use]
pub fn check(document: &Document) -> (Program, Vec<Problem>) {
    let mut checker = Checker {
        program: Program { clauses: document.clauses.clone(), ..Program::default() },
        names: BTreeMap::new(),
        problems: Vec::new(),
        used: Vec::new(),
        rows: None,
    };
    if document.declarations.len() > DECLARATIONS_MAX {
        let message = format!("The contract has more than {DECLARATIONS_MAX} declarations");
        let finding = Finding::error("CONTRACT-too-large", 7, message)
            .because("A contract is a text that people read before they sign it")
            .fix("Split it into contracts that each settle one thing");
        return (checker.program, vec![Problem::of_file(finding, CONTRACT_FILE)]);
    }
    checker.declare_all(document);
    checker.define_all(document);
    let is_sound = !checker.problems.iter().any(|p| p.finding.is_error());
    if is_sound && order::check(&checker.program, &mut checker.problems) {
        logic::check(&checker.program, &mut checker.problems);
    }
    if is_sound {
        checker.warn_unused();
    }
    (checker.program, checker.problems)
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Fact(usize),
    Rows(usize),
    RowFact(usize, usize),
    Parameter(usize),
    Table(usize),
    Term(usize),
}

/// An expression's node and type.
#[derive(Clone, Debug)]
struct Typed {
    node: NodeId,
    kind: Type,
    /// True for plain numbers, which take the unit of what they meet.
    is_plain: bool,
}

struct Checker {
    program: Program,
    names: BTreeMap<String, (Meaning, Span)>,
    problems: Vec<Problem>,
    used: Vec<Meaning>,
    /// The further rows whose values the expression at hand can name.
    rows: Option<usize>,
}

impl Checker {
    fn problem(&mut self, problem: Problem) {
        push_within_bounds(&mut self.problems, problem);
    }

    fn complain(&mut self, finding: Finding, span: Span, label: impl Into<String>) {
        self.problem(Problem::at(finding, CONTRACT_FILE, span).label(label));
    }

    // ---- names and types

    fn declare_all(&mut self, document: &Document) {
        let mut contract: Option<Span> = None;
        for declaration in &document.declarations {
            if let DeclarationKind::Rows(rows) = &declaration.kind {
                self.declare_rows(rows);
            }
        }
        for declaration in &document.declarations {
            let clause = declaration.clause;
            match &declaration.kind {
                DeclarationKind::Contract(name) => {
                    if let Some(first) = contract.replace(name.span) {
                        self.twice(name, first);
                    }
                    self.program.id.clone_from(&name.text);
                }
                DeclarationKind::Fact(fact) => self.declare_fact(fact),
                DeclarationKind::Parameter(parameter) => self.declare_parameter(parameter),
                DeclarationKind::Table(table) => self.declare_table(table),
                DeclarationKind::Term(term) => self.declare_term(term, clause),
                DeclarationKind::Rows(_) => {}
                DeclarationKind::Note(_) | DeclarationKind::Column(_) => {}
            }
        }
        for declaration in &document.declarations {
            if let DeclarationKind::Rows(rows) = &declaration.kind {
                self.define_rows(rows);
            }
        }
        if contract.is_none() && !document.declarations.is_empty() {
            let finding = Finding::error("CONTRACT-no-name", 7, "The contract has no name")
                .because("Statements and signatures cite the contract by its name")
                .fix("Begin the first block of terms with 'contract NAME'");
            self.problem(Problem::of_file(finding, CONTRACT_FILE));
        }
    }

    fn declare(&mut self, name: &Name, meaning: Meaning) {
        if expression::is_built_in(&name.text) {
            let message = format!("'{}' is a name of the language", name.text);
            let finding = Finding::error("CONTRACT-declared-twice", 7, message)
                .because("Each name means one thing in the whole contract")
                .fix("Choose another name");
            self.complain(finding, name.span, "declared here");
        } else if let Some((_, first)) = self.names.get(&name.text) {
            let first = *first;
            self.twice(name, first);
        } else {
            self.names.insert(name.text.clone(), (meaning, name.span));
        }
    }

    fn twice(&mut self, name: &Name, first: Span) {
        let message = format!("'{}' is declared twice", name.text);
        let finding = Finding::error("CONTRACT-declared-twice", 7, message)
            .because("Each name means one thing in the whole contract")
            .fix("Remove one of the declarations, or give it another name");
        let problem = Problem::at(finding, CONTRACT_FILE, name.span).label("declared again here");
        self.problem(problem.related(first, "first declared here"));
    }

    fn declare_fact(&mut self, fact: &Fact) {
        let kind = self.type_of(&fact.kind);
        let set = fact.rows.as_ref().map(|rows| self.row_set(rows));
        let place = |set: Option<usize>, program: &Program| match set {
            Some(set) => program.row_sets.get(set).map(|s| Meaning::RowFact(set, s.facts.len())),
            None => Some(Meaning::Fact(program.facts.len())),
        };
        let meaning = match set {
            // Rows that are not declared have been told.
            Some(None) => return,
            Some(set) => place(set, &self.program),
            None => place(None, &self.program),
        };
        let Some(meaning) = meaning else { return };
        self.declare(&fact.name, meaning);
        let mut bounds = Vec::new();
        for bound in &fact.bounds {
            if let Some(limit) = self.literal(&bound.limit, &kind) {
                bounds.push((bound.comparison, limit));
            }
        }
        let name = fact.name.text.clone();
        let slot = FactSlot { name, kind, bounds, presence: fact.presence };
        match meaning {
            Meaning::RowFact(set, _) => {
                if let Some(set) = self.program.row_sets.get_mut(set) {
                    set.facts.push(slot);
                }
            }
            _ => self.program.facts.push(slot),
        }
    }

    fn declare_parameter(&mut self, parameter: &Parameter) {
        let kind = self.type_of(&parameter.kind);
        self.declare(&parameter.name, Meaning::Parameter(self.program.parameters.len()));
        let name = parameter.name.text.clone();
        self.program.parameters.push(ParameterSlot { name, kind, by: None, rows: None });
    }

    fn declare_table(&mut self, table: &Table) {
        self.declare(&table.name, Meaning::Table(self.program.tables.len()));
        let argument_kind = self.type_of(&table.argument_kind);
        let kind = self.type_of(&table.kind);
        for (found, written) in [(&argument_kind, &table.argument_kind), (&kind, &table.kind)] {
            if !matches!(found, Type::Number(_)) {
                let message = format!("A table leads from numbers to numbers, not {found}");
                let finding = Finding::error("CONTRACT-type", 7, message)
                    .because("Its rows are looked up, and drawn as lines, between two numbers")
                    .fix("State codes, flags and days by the rules of a term");
                self.complain(finding, written.span, "not a number");
            }
        }
        let rows = self.table_rows(table, &argument_kind, &kind);
        self.program.tables.push(TableSlot {
            name: table.name.text.clone(),
            kind,
            argument_kind,
            interpolation: table.interpolation,
            rows,
        });
    }

    fn declare_term(&mut self, term: &Term, clause: usize) {
        let kind = self.type_of(&term.kind);
        self.declare(&term.name, Meaning::Term(self.program.terms.len()));
        let rows = term.rows.as_ref().and_then(|rows| self.row_set(rows));
        let rounded =
            term.rounded.as_ref().and_then(|rounding| match self.literal(&rounding.step, &kind) {
                Some(Value::Number(step)) if step > Number::ZERO => Some((rounding.mode, step)),
                None => None,
                Some(_) => {
                    let finding =
                        Finding::error("CONTRACT-type", 7, "Only numbers are rounded, to a step")
                            .fix("Write for example 'rounded half_up to $0.01'");
                    self.complain(finding, rounding.step.span, "this step");
                    None
                }
            });
        self.program.terms.push(TermSlot {
            name: term.name.text.clone(),
            rows,
            kind,
            rounded,
            rules: Vec::new(),
            is_formula: matches!(term.definition, Definition::Formula(_)),
            clause,
            span: term.name.span,
        });
    }

    fn type_of(&mut self, written: &TypeExpression) -> Type {
        let words: Vec<&str> = written.words.iter().map(|name| name.text.as_str()).collect();
        let kind = match words.as_slice() {
            [] => Some(Type::Code(written.codes.iter().map(|code| code.text.clone()).collect())),
            ["flag"] => Some(Type::Flag),
            ["code"] => Some(Type::Code(Vec::new())),
            ["date"] => Some(Type::Date),
            ["period"] => Some(Type::Period),
            [first, rest @ ..] => {
                let per = |unit: Option<Unit>, name: &&str| unit?.per(Unit::named(name)?);
                rest.iter().fold(Unit::named(first), per).map(Type::Number)
            }
        };
        kind.unwrap_or_else(|| {
            let known = || Unit::names().chain(["flag", "code", "date", "period"]);
            let unknown = words.iter().find(|word| !known().any(|name| name == **word));
            let word = unknown.copied().unwrap_or("");
            let list: Vec<&str> = known().collect();
            let message = format!("'{word}' is not a type or unit");
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because(format!("Types are {}, and 'one of' with codes", list.join(", ")))
                .fix(did_you_mean(word, known()));
            self.complain(finding, written.span, "this type");
            Type::Number(Unit::RATE)
        })
    }

    // ---- definitions

    fn define_all(&mut self, document: &Document) {
        // A term must know by whose code a parameter is chosen.
        for declaration in &document.declarations {
            if let DeclarationKind::Parameter(parameter) = &declaration.kind {
                self.define_parameter(parameter);
            }
        }
        for declaration in &document.declarations {
            match &declaration.kind {
                DeclarationKind::Term(term) => self.define_term(term, declaration.clause),
                DeclarationKind::Note(note) => self.define_note(note),
                DeclarationKind::Column(column) => self.define_column(column),
                _ => {}
            }
        }
    }

    fn define_parameter(&mut self, parameter: &Parameter) {
        let (Some(by), Some((Meaning::Parameter(index), _))) =
            (&parameter.by, self.names.get(&parameter.name.text).copied())
        else {
            return;
        };
        let rows = self.rows_of(&by.text);
        self.rows = rows;
        let typed = self.name_node(&by.text, by.span);
        self.rows = None;
        let Some(typed) = typed else { return };
        match typed.kind {
            Type::Code(codes) if !codes.is_empty() => {
                if let Some(slot) = self.program.parameters.get_mut(index) {
                    slot.by = Some((typed.node, codes));
                    slot.rows = rows;
                }
            }
            other => {
                let message = format!("'{}' is {other}, not one of listed codes", by.text);
                let finding = Finding::error("CONTRACT-type", 7, message)
                    .because("A parameter chosen by a code needs to know every code")
                    .fix("Declare it as 'one of' with its codes");
                self.complain(finding, by.span, "must be one of listed codes");
            }
        }
    }

    fn define_term(&mut self, term: &Term, clause: usize) {
        let Some((Meaning::Term(index), span)) = self.names.get(&term.name.text).copied() else {
            return;
        };
        if span != term.name.span {
            return;
        }
        self.rows = self.program.terms.get(index).and_then(|slot| slot.rows);
        let kind = self.program.terms.get(index).map(|slot| slot.kind.clone());
        let kind = kind.unwrap_or(Type::Flag);
        let slots = match &term.definition {
            Definition::Formula(formula) => {
                let value = self.expression_of(formula, &kind);
                let name = term.name.text.clone();
                let span = formula.span;
                let rule = |value| RuleSlot {
                    name,
                    overrides: Vec::new(),
                    condition: None,
                    value,
                    clause,
                    span,
                };
                value.map(rule).into_iter().collect()
            }
            Definition::Rules(rules) => self.rules(rules, &kind),
        };
        if let Some(slot) = self.program.terms.get_mut(index) {
            slot.rules = slots;
        }
        self.rows = None;
    }

    fn rules(&mut self, rules: &[Rule], kind: &Type) -> Vec<RuleSlot> {
        let mut slots: Vec<RuleSlot> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            if let Some(first) = rules.iter().take(index).find(|r| r.name.text == rule.name.text) {
                self.twice(&rule.name, first.name.span);
            }
            let condition = rule.condition.as_ref().map(|c| self.expression_of(c, &Type::Flag));
            let value = self.expression_of(&rule.value, kind);
            let overrides = self.exceptions(rule, rules);
            if let (Some(value), None | Some(Some(_))) = (value, condition) {
                slots.push(RuleSlot {
                    name: rule.name.text.clone(),
                    overrides,
                    condition: condition.flatten(),
                    value,
                    clause: rule.clause,
                    span: rule.name.span,
                });
            }
        }
        if slots.len() == rules.len() {
            self.close_exceptions(&mut slots);
        }
        slots
    }

    /// The rules that a rule names as giving way, by their places.
    fn exceptions(&mut self, rule: &Rule, rules: &[Rule]) -> Vec<usize> {
        let mut found = Vec::new();
        for name in &rule.exception_to {
            let place = rules.iter().position(|r| r.name.text == name.text);
            match place.filter(|place| rules.get(*place).is_some_and(|r| r.condition.is_some())) {
                Some(place) => found.push(place),
                None => {
                    let message = format!("This term has no rule '{}'", name.text);
                    let known = rules.iter().map(|r| r.name.text.as_str());
                    let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                        .because("An exception names a rule of the same term, not 'otherwise'")
                        .fix(did_you_mean(&name.text, known));
                    self.complain(finding, name.span, "no such rule");
                }
            }
        }
        found
    }

    /// An exception to an exception also stands before the first rule.
    fn close_exceptions(&mut self, slots: &mut [RuleSlot]) {
        let direct: Vec<Vec<usize>> = slots.iter().map(|slot| slot.overrides.clone()).collect();
        for (index, slot) in slots.iter_mut().enumerate() {
            let mut reached = vec![false; direct.len()];
            let mut open = slot.overrides.clone();
            while let Some(next) = open.pop() {
                if let Some(seen) = reached.get_mut(next).filter(|seen| !**seen) {
                    *seen = true;
                    open.extend(direct.get(next).into_iter().flatten());
                }
            }
            if reached.get(index).copied().unwrap_or(false) {
                let message = format!("Rule '{}' is an exception to itself", slot.name);
                let finding = Finding::error("CONTRACT-circular", 7, message)
                    .because("Following 'exception to' from rule to rule leads back to it")
                    .fix("Decide which of the rules stands first, and state only that exception");
                let span = slot.span;
                self.complain(finding, span, "goes round in a circle");
                return;
            }
            slot.overrides =
                (0..reached.len()).filter(|i| reached.get(*i) == Some(&true)).collect();
        }
    }

    fn define_note(&mut self, note: &Note) {
        if let Some(condition) = self.expression_of(&note.condition, &Type::Flag) {
            self.program.notes.push(NoteSlot { condition, text: note.text.clone() });
        }
    }

    fn define_column(&mut self, column: &Column) {
        self.rows = column.rows.as_ref().and_then(|rows| self.row_set(rows));
        let found = self.column_value(column);
        let rows = self.rows.take();
        let Some(source) = found else { return };
        let slot = ColumnSlot { title: column.title.clone(), source };
        match rows {
            Some(set) => {
                if let Some(set) = self.program.row_sets.get_mut(set) {
                    set.columns.push(slot);
                }
            }
            None => self.program.columns.push(slot),
        }
    }

    fn column_value(&mut self, column: &Column) -> Option<ColumnValue> {
        let (name, make): (&Name, fn(usize) -> ColumnValue) = match &column.source {
            ColumnSource::Notes if self.rows.is_none() => return Some(ColumnValue::Notes),
            ColumnSource::Notes => {
                let finding = Finding::error("CONTRACT-type", 7, "Notes stand in the statement")
                    .because("A note speaks of the row being settled, not of further rows")
                    .fix("Leave 'of' and the name of the rows away");
                self.complain(finding, column.span, "notes of further rows");
                return None;
            }
            ColumnSource::Value(name) => (name, ColumnValue::Term),
            ColumnSource::Lowest(name) => (name, ColumnValue::Lowest),
            ColumnSource::Highest(name) => (name, ColumnValue::Highest),
        };
        let typed = self.name_node(&name.text, name.span)?;
        let is_bound = !matches!(column.source, ColumnSource::Value(_));
        match self.program.nodes.get(typed.node).cloned() {
            Some(Node::Term(index)) => {
                if is_bound && !matches!(typed.kind, Type::Number(_)) {
                    let finding =
                        Finding::error("CONTRACT-type", 7, "Only a number has least and greatest")
                            .fix("Name a term that is a number");
                    self.complain(finding, name.span, format!("this is {}", typed.kind));
                }
                Some(make(index))
            }
            Some(Node::Fact(index)) if !is_bound => Some(ColumnValue::Fact(index)),
            Some(Node::RowFact(_, index)) if !is_bound => Some(ColumnValue::RowFact(index)),
            _ => {
                let finding = Finding::error("CONTRACT-type", 7, "A column shows a term or a fact")
                    .because("'lowest' and 'highest' are known of terms only")
                    .fix("Give the value a name of its own with 'term'");
                self.complain(finding, name.span, "not a term");
                None
            }
        }
    }

    /// Names that nothing uses are most often misspelt somewhere else.
    fn warn_unused(&mut self) {
        let names: Vec<_> = self.names.iter().map(|(n, (m, s))| (n.clone(), *m, *s)).collect();
        for (name, meaning, span) in names {
            let is_shown = match meaning {
                // A contract without columns is used from outside, by the names of its terms.
                Meaning::Term(_) => self.program.columns.is_empty(),
                _ => false,
            };
            if !is_shown && !self.used.contains(&meaning) {
                let message = format!("Nothing uses '{name}'");
                let finding = Finding::warning("CONTRACT-unused", 7, message)
                    .because("A declaration without effect misleads the reader of the contract")
                    .fix("Remove it, or use it where it was meant");
                self.complain(finding, span, "declared here");
            }
        }
    }
}

/// True where the values of a table row differ although the table has steps.
fn slopes(table: &Table) -> bool {
    table.interpolation == Interpolation::Linear
}
