//! A condition of a payer's edit in the contract language: facts compared and computed with.
//!
//! The expression becomes the one term of a contract without parameters, so that it is parsed,
//! checked for units and computed exactly by the same code that runs contracts.

use crate::pack::field::{FIELDS, Field, NumberField, Subject, TextField};
use crate::pack::problem::suggestion;
use counterfoil_base::{Finding, Text, parse_ccyymmdd};
use counterfoil_contract::{Contract, ContractFiles, Memory, Parameters, Pricer};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The name of the only term.
const TERM: &str = "speaks";

/// The year under which the empty numbers of the contract stand; no rule can see it.
const YEAR: i64 = 2000;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// As the payer wrote it.
    text: String,
    pricer: Arc<Pricer>,
    term: usize,
    supplied: Vec<(usize, Supply)>,
}

/// Two rules are the same when they read the same: nothing else went into them.
impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.text == other.text
    }
}

impl Eq for Rule {}

/// Where the value of a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Supply {
    Code(TextField),
    Day(TextField),
    Number(NumberField),
}

/// What is wrong with a rule: where in its text, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleProblem {
    pub(crate) place: Range<usize>,
    pub(crate) what: String,
    pub(crate) fix: String,
}

impl Rule {
    /// Reads a condition; `has_line` where the edit is about lines.
    pub(crate) fn parse(text: &str, has_line: bool) -> Result<Rule, Vec<RuleProblem>> {
        let spelled = spelled(text, has_line)?;
        let (head, facts) = head(has_line);
        let document = format!("{head}{spelled}\n)\n```\n");
        let mut files = ContractFiles::new();
        files.insert("contract.md".to_owned(), document.into_bytes());
        files.insert(format!("params/{YEAR}.toml"), Vec::new());
        let (contract, problems) = Contract::load(&files);
        let told: Vec<RuleProblem> = problems
            .iter()
            .filter(|problem| problem.finding.is_error())
            .map(|problem| {
                let span = problem.span.map_or(0..0, |span| span.start..span.end);
                let place = |at: usize| at.saturating_sub(head.len()).min(text.len());
                RuleProblem {
                    place: place(span.start)..place(span.end),
                    what: dotted(&problem.finding.message),
                    fix: fix_of(&problem.finding),
                }
            })
            .collect();
        if !told.is_empty() {
            return Err(told);
        }
        Rule::compiled(text, contract, &facts).ok_or_else(|| vec![not_one_condition(text)])
    }

    /// Nothing where the text declares more than its one condition.
    fn compiled(text: &str, contract: Contract, facts: &BTreeMap<String, Supply>) -> Option<Rule> {
        let program = contract.program();
        let is_alone = program.terms().count() == 1
            && program.facts().count() == facts.len()
            && program.row_sets().next().is_none()
            && program.column_terms().next().is_none();
        let parameters: Parameters = contract.parameters(YEAR).ok()?.clone();
        let pricer = Pricer::new(Arc::new(contract), parameters);
        let term = pricer.term(TERM).filter(|_| is_alone)?;
        let supplied = pricer.facts_of(&[term]).into_iter();
        let supplied = supplied
            .filter_map(|fact| facts.get(pricer.fact_name(fact)).map(|supply| (fact, *supply)));
        let supplied = supplied.collect();
        Some(Rule { text: text.to_owned(), pricer: Arc::new(pricer), term, supplied })
    }

    /// Whether it holds. A number or day that the claim does not state, and one that no exact
    /// number can hold, let the edit be silent where the answer rests on it.
    pub(crate) fn holds(&self, subject: Subject<'_>) -> bool {
        let mut facts = self.pricer.blank();
        for (fact, supply) in &self.supplied {
            match supply {
                Supply::Code(field) => {
                    let code = first(*field, subject);
                    self.pricer.set_code(&mut facts, *fact, &code);
                }
                Supply::Day(field) => {
                    if let Some(day) = parse_ccyymmdd(first(*field, subject).as_bytes()) {
                        self.pricer.set_day(&mut facts, *fact, day);
                    }
                }
                Supply::Number(field) => {
                    if let Some(number) = field.value(subject) {
                        self.pricer.set_number(&mut facts, *fact, number);
                    }
                }
            }
        }
        self.pricer.flag(self.term, &facts, &mut Memory::default()).unwrap_or(false)
    }
}

/// The value of a text; empty where the claim has none.
fn first(field: TextField, subject: Subject<'_>) -> Text {
    let mut found = Text::default();
    field.each(subject, &mut |value| {
        if found.is_empty() {
            found = Text::from(value);
        }
    });
    found
}

/// What stands before the expression, and where each of its facts comes from.
fn head(has_line: bool) -> (String, BTreeMap<String, Supply>) {
    let mut text = "# Edit\n\n```terms\ncontract edit\n\n".to_owned();
    let mut facts = BTreeMap::new();
    for (name, field) in FIELDS.into_iter().filter(|(_, field)| is_usable(*field, has_line)) {
        let name = name.replace('.', "_");
        let (kind, supply) = match field {
            Field::Text(day @ TextField::LineServiceDate) => ("date", Supply::Day(day)),
            Field::Text(code) => ("code", Supply::Code(code)),
            Field::Number(number) => (unit(number), Supply::Number(number)),
        };
        text.push_str(&format!("fact {name}: {kind} on_demand\n"));
        facts.insert(name, supply);
    }
    text.push_str(&format!("\nterm {TERM}: flag = (\n"));
    (text, facts)
}

/// Amounts are money and spans are days; ages, units and numbers of lines are plain numbers, as
/// units are in the documents by which lines are priced.
fn unit(number: NumberField) -> &'static str {
    match number {
        NumberField::ClaimCharge | NumberField::LineCharge => "money",
        NumberField::ClaimDays | NumberField::LineDays => "days",
        NumberField::ClaimLineCount | NumberField::PatientAge | NumberField::LineUnits => "rate",
    }
}

fn is_of_line(field: Field) -> bool {
    match field {
        Field::Text(text) => text.is_of_line(),
        Field::Number(number) => number.is_of_line(),
    }
}

fn is_usable(field: Field, has_line: bool) -> bool {
    let has_one = !matches!(field, Field::Text(text) if text.has_several_values());
    has_one && (has_line || !is_of_line(field))
}

/// The text with the facts' names as the language spells them. Each keeps its length, so that
/// places stay what they are.
fn spelled(text: &str, has_line: bool) -> Result<String, Vec<RuleProblem>> {
    let mut problems = Vec::new();
    let mut spelled = text.to_owned();
    for place in words(text) {
        let word = &text[place.clone()];
        let Some(field) = FIELDS.iter().find(|(name, _)| *name == word) else {
            problems.extend(misspelled(word, place, has_line));
            continue;
        };
        if is_usable(field.1, has_line) {
            spelled.replace_range(place, &word.replace('.', "_"));
        } else if is_of_line(field.1) && !has_line {
            let what = format!("{word} asks a line, and the edit is about claims");
            let fix = "Write about = \"line\", or ask a fact of the claim.".to_owned();
            problems.push(RuleProblem { place, what, fix });
        } else {
            let what = format!("{word} can have several values, a rule compares single ones");
            let fix = format!("Ask it in when: {{ field = \"{word}\", in = [...] }}.");
            problems.push(RuleProblem { place, what, fix });
        }
    }
    if problems.is_empty() { Ok(spelled) } else { Err(problems) }
}

/// A word that looks like the name of a fact and is none.
fn misspelled(word: &str, place: Range<usize>, has_line: bool) -> Option<RuleProblem> {
    let known = || FIELDS.iter().filter(|field| is_usable(field.1, has_line)).map(|field| field.0);
    if let Some(name) = known().find(|name| name.replace('.', "_") == word) {
        let what = format!("facts are named with a point, not {word}");
        return Some(RuleProblem { place, what, fix: format!("Write {name}.") });
    }
    word.contains('.').then(|| {
        let known: Vec<&str> = known().collect();
        let what = format!("no fact is named {word}");
        RuleProblem { place, what, fix: suggestion(word, &known) }
    })
}

/// The words of a text outside quotation marks: letters, digits, `_` and points between letters.
fn words(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut places = Vec::new();
    let (mut at, mut is_quoted) = (0, false);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'"' {
            is_quoted = !is_quoted;
        }
        if is_quoted || !byte.is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte == b'.';
        let length = bytes[at..].iter().take_while(is_part).count();
        places.push(at..at + length);
        at += length;
    }
    places
}

/// What to do; a rule declares no facts, so that their bounds cannot be stated there.
fn fix_of(finding: &Finding) -> String {
    match &*finding.code {
        "CONTRACT-division-by-zero" => {
            "Ask first that it is more than zero: line.units > 0 and ...".to_owned()
        }
        _ => dotted(&finding.fix),
    }
}

/// The names of facts as packs spell them.
fn dotted(told: &str) -> String {
    let mut told = told.to_owned();
    for (name, _) in FIELDS {
        told = told.replace(&name.replace('.', "_"), name);
    }
    told
}

fn not_one_condition(text: &str) -> RuleProblem {
    RuleProblem {
        place: 0..text.len(),
        what: "the rule is not one condition".to_owned(),
        fix: "Write a single condition, such as line.charge > $500 * line.units.".to_owned(),
    }
}
