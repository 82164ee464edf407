//! How a term prices: a pricing document with the numbers that the agreement states.
//!
//! `contracts/price-by-*` are the standard documents; a rates folder can hold its own as
//! `price_*.md` with `price_*.toml`.

use super::fields::Fields;
use super::supply::{FactTable, Supply};
use counterfoil_base::{Finding, RuleReference, Text};
use counterfoil_contract::{Contract, ContractFiles, Pricer, Type, Unit, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The standard documents by the method that names them: text and numbers.
const STANDARD: [(&str, &str, &str); 10] = {
    macro_rules! document {
        ($method:literal, $folder:literal) => {
            (
                $method,
                include_str!(concat!("../../../../contracts/", $folder, "/contract.md")),
                include_str!(concat!("../../../../contracts/", $folder, "/params/2026.toml")),
            )
        };
    }
    [
        document!("fee_schedule", "price-by-fee-schedule"),
        document!("fee_schedule_with_modifiers", "price-by-fee-schedule-with-modifiers"),
        document!("rbrvs", "price-by-relative-value"),
        document!("anesthesia", "price-by-anesthesia"),
        document!("percent_of_charge", "price-by-percent-of-charge"),
        document!("reference_price", "price-by-reference-price"),
        document!("per_diem", "price-by-per-diem"),
        document!("case_rate", "price-by-case-rate"),
        document!("drg", "price-by-drg"),
        document!("lesser_of", "price-by-lesser-of"),
    ]
};

/// The method that compares others.
const LOWEST: &str = "lesser_of";
/// Ways to price that one term can compare.
const OPTIONS_MAX: usize = 4;

/// The pricing documents of a rates folder and the standard ones, read when a term names them.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    own: BTreeMap<String, ContractFiles>,
    read: BTreeMap<String, Option<(Arc<Contract>, i64)>>,
}

/// The numbers of a document of a rates folder do not depend on a year.
const YEAR: &str = "params/2026.toml";

impl Documents {
    /// The file `price_NAME.md` or `price_NAME.toml`: the document's name and its file there.
    pub(crate) fn place_of(file: &str) -> Option<(&str, &'static str)> {
        let stem = file.strip_prefix("price_")?;
        let text = stem.strip_suffix(".md").map(|name| (name, "contract.md"));
        text.or_else(|| stem.strip_suffix(".toml").map(|name| (name, YEAR)))
    }

    pub(crate) fn add(&mut self, name: &str, file: &'static str, text: &str) {
        let files = self.own.entry(name.to_owned()).or_default();
        files.insert(file.to_owned(), text.as_bytes().to_vec());
        files.entry(YEAR.to_owned()).or_default();
    }

    /// The names that a term can have as its method.
    fn names(&self) -> String {
        let standard = STANDARD.iter().map(|(name, _, _)| (*name).to_owned());
        let all: Vec<String> = standard.chain(self.own.keys().cloned()).collect();
        all.join(", ")
    }

    /// The document of a method, with the year of its numbers; problems become findings once.
    fn find(&mut self, method: &str, findings: &mut Vec<Finding>) -> Option<(Arc<Contract>, i64)> {
        if let Some(known) = self.read.get(method) {
            return known.clone();
        }
        let standard = STANDARD.iter().find(|(name, _, _)| *name == method);
        let files = match (self.own.get(method), standard) {
            (Some(own), _) => own.clone(),
            (None, Some((_, text, numbers))) => {
                let files = [("contract.md", *text), (YEAR, *numbers)].into_iter();
                files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
            }
            (None, None) => return None,
        };
        let (contract, problems) = Contract::load(&files);
        for problem in &problems {
            let kind = if problem.file == YEAR { "toml" } else { "md" };
            let mut finding = problem.finding.clone();
            finding.message = format!("price_{method}.{kind}: {}", finding.message);
            findings.push(finding);
        }
        let is_sound = !problems.iter().any(|problem| problem.finding.is_error());
        let year = contract.years().last().filter(|_| is_sound);
        let found = year.map(|year| (Arc::new(contract), year));
        self.read.insert(method.to_owned(), found.clone());
        found
    }
}

/// A pricing document with the numbers of a term.
#[derive(Debug)]
pub struct PriceRule {
    pub(crate) pricer: Pricer,
    /// The term `price` of a line, or `claim_price` of the lines of a claim together.
    pub(crate) price: usize,
    /// Whether it prices the lines of a claim together.
    pub(crate) is_of_claim: bool,
    /// The price without the reduction for several procedures.
    pub(crate) full_price: Option<usize>,
    /// The fee by which procedures of a day are ranked, and that of a base endoscopy.
    pub(crate) ranking: Option<(usize, usize)>,
    /// The reason for which the line is not payable, or `none`.
    pub(crate) denial: Option<usize>,
    /// Whether the patient owes what is charged above the price.
    pub(crate) balance: Option<usize>,
    /// Where the facts come from that the prices need.
    pub(crate) supplies: Vec<(usize, Supply)>,
    /// The same without the facts of modifiers, which most lines do not have.
    pub(crate) unusual: Vec<(usize, Supply)>,
    /// The tables that they come from.
    pub(crate) tables: Vec<FactTable>,
    /// What is cited for the term as a whole.
    pub(crate) cited: Arc<RuleReference>,
    /// The payer's table.
    pub(crate) schedule: Text,
    /// `MAC-LOCALITY` or `national`.
    pub(crate) locality: Text,
    /// What is cited, by term and rule.
    references: Vec<Vec<Arc<RuleReference>>>,
    /// Whether the price can rest on rounded amounts, which are told before it.
    pub(crate) has_inner_amounts: bool,
}

/// Two rules are the same when they are one: rates are read once.
impl PartialEq for PriceRule {
    fn eq(&self, other: &PriceRule) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for PriceRule {}

/// How a term prices.
#[derive(Clone, Debug)]
pub enum TermPricing {
    /// By one document.
    Single(Arc<PriceRule>),
    /// By several, whose amounts a further one compares.
    Lowest {
        /// What is compared: all of lines, or all of claims.
        options: Vec<Arc<PriceRule>>,
        /// The document that compares.
        rule: Arc<PriceRule>,
    },
}

impl TermPricing {
    /// True where the lines of a claim are priced together.
    #[must_use]
    pub fn is_of_claim(&self) -> bool {
        self.rules().iter().any(|rule| rule.is_of_claim)
    }

    /// The documents that find amounts.
    pub(crate) fn rules(&self) -> &[Arc<PriceRule>] {
        match self {
            TermPricing::Single(rule) => std::slice::from_ref(rule),
            TermPricing::Lowest { options, .. } => options,
        }
    }

    /// The first document that ranks the procedures of a day.
    pub(crate) fn ranked(&self) -> Option<&Arc<PriceRule>> {
        self.rules().iter().find(|rule| rule.ranking.is_some())
    }
}

impl PriceRule {
    /// What is cited for a rule of a term.
    pub(crate) fn reference(&self, term: usize, rule: usize) -> Option<&Arc<RuleReference>> {
        let rules = self.references.get(term)?;
        rules.get(rule).or_else(|| rules.first())
    }

    /// Whether a needed fact comes from this table.
    pub(crate) fn needs(&self, table: FactTable) -> bool {
        self.tables.contains(&table)
    }
}

/// Reads the method of a term with its numbers.
pub(crate) fn read_pricing(
    fields: &mut Fields<'_>,
    rule: &RuleReference,
    documents: &mut Documents,
) -> Option<TermPricing> {
    let method = fields.text_required("method");
    if method != LOWEST {
        return read_rule(fields, &method, rule, documents).map(TermPricing::Single);
    }
    let mut options = Vec::new();
    let mut count = 0;
    for table in fields.tables("options") {
        count += 1;
        let read = |fields: &mut Fields<'_>| {
            let method = fields.text_required("method");
            read_rule(fields, &method, rule, documents)
        };
        options.extend(fields.nested(table, read));
    }
    let claims = options.iter().filter(|option| option.is_of_claim).count();
    if !(2..=OPTIONS_MAX).contains(&count) || claims != 0 && claims != options.len() {
        fields.refuse("options", "two to four, and all of lines or all of claims");
        return None;
    }
    let rule = read_rule(fields, LOWEST, rule, documents)?;
    Some(TermPricing::Lowest { options, rule })
}

fn read_rule(
    fields: &mut Fields<'_>,
    method: &str,
    rule: &RuleReference,
    documents: &mut Documents,
) -> Option<Arc<PriceRule>> {
    let Some((contract, year)) = documents.find(method, fields.findings()) else {
        let expected = if documents.read.contains_key(method) {
            "a document without errors".to_owned()
        } else {
            format!("one of: {}", documents.names())
        };
        fields.refuse("method", &expected);
        return None;
    };
    let mut numbers = contract.parameters(year).ok()?.clone();
    let program = contract.program();
    let mut stated = Vec::new();
    for (name, kind) in program.parameters() {
        if let Some(value) = fields.parameter(name, kind) {
            numbers.state(program, name, value, &rule.citation);
            stated.push(name);
        }
    }
    for name in numbers.unstated(program) {
        fields.refuse(name, "given");
    }
    let pricer = Pricer::new(Arc::clone(&contract), numbers);
    for sentence in pricer.notes_of_numbers() {
        fields.refuse("method", &format!("mended: {sentence}"));
    }
    let (price, is_of_claim) = priced_term(&pricer, fields)?;
    expect_kinds(&pricer, fields);
    let ranking = pricer.term("ranking_fee").zip(pricer.term("unit_fee"));
    let mut built = PriceRule {
        price,
        is_of_claim,
        full_price: pricer.term("full_price"),
        ranking,
        denial: pricer.term("denial"),
        balance: pricer.term("is_balance_of_patient"),
        supplies: Vec::new(),
        unusual: Vec::new(),
        tables: Vec::new(),
        cited: Arc::new(rule.clone()),
        schedule: Text::default(),
        locality: Text::default(),
        references: references(&pricer, rule),
        has_inner_amounts: pricer.has_inner_amounts(price),
        pricer,
    };
    built.supplies = supplies(&built, fields);
    for (_, supply) in &built.supplies {
        if !built.tables.contains(&supply.table()) {
            built.tables.push(supply.table());
        }
    }
    expect_usual(&mut built);
    // An agreed factor takes the place of the published one.
    read_tables(&mut built, stated.contains(&"conversion_factor"), fields);
    Some(Arc::new(built))
}

/// The term that is the price, and whether it is that of a whole claim.
fn priced_term(pricer: &Pricer, fields: &mut Fields<'_>) -> Option<(usize, bool)> {
    let (price, is_of_claim) = match (pricer.term("price"), pricer.term("claim_price")) {
        (Some(price), None) => (price, false),
        (None, Some(price)) => (price, true),
        _ => {
            fields.refuse("method", "a document with a term `price` or a term `claim_price`");
            return None;
        }
    };
    if price_is_no_amount(pricer, price) {
        fields.refuse("method", "a document whose price is money");
    }
    Some((price, is_of_claim))
}

/// Says which of the terms that pricing asks for is of another kind: nobody would use it.
fn expect_kinds(pricer: &Pricer, fields: &mut Fields<'_>) {
    for (name, expected) in [
        ("full_price", "money"),
        ("ranking_fee", "money"),
        ("unit_fee", "money"),
        ("is_balance_of_patient", "a flag"),
        ("denial", "a code"),
    ] {
        let is_expected = |kind: &Type| match kind {
            Type::Number(unit) => expected == "money" && unit.is_money(),
            Type::Flag => expected == "a flag",
            Type::Code(_) => expected == "a code",
            Type::Date | Type::Period => false,
        };
        let kind = pricer.term(name).and_then(|term| pricer.kind(term));
        if kind.is_some_and(|kind| !is_expected(kind)) {
            fields.refuse("method", &format!("a document whose term `{name}` is {expected}"));
        }
    }
}

/// Lays the document out once more for lines without modifiers: most are.
fn expect_usual(rule: &mut PriceRule) {
    let is_usual = |supply: &Supply| matches!(supply, Supply::Modifier(_));
    let modifiers = rule.supplies.iter().filter(|(_, supply)| is_usual(supply));
    let known: Vec<(usize, Option<Value>)> =
        modifiers.map(|(fact, _)| (*fact, Some(Value::Flag(false)))).collect();
    rule.unusual = rule.supplies.clone();
    if !known.is_empty() {
        rule.unusual.retain(|(_, supply)| !is_usual(supply));
        rule.pricer.expect(&known);
    }
}

fn price_is_no_amount(pricer: &Pricer, price: usize) -> bool {
    pricer.kind(price) != Some(&Type::Number(Unit::MONEY))
}

/// The facts that the prices need, and where they come from.
fn supplies(rule: &PriceRule, fields: &mut Fields<'_>) -> Vec<(usize, Supply)> {
    let pricer = &rule.pricer;
    let terms: Vec<usize> = [Some(rule.price), rule.full_price, rule.denial, rule.balance]
        .into_iter()
        .flatten()
        .chain(rule.ranking.into_iter().flat_map(|(fee, unit)| [fee, unit]))
        .collect();
    let mut found = Vec::new();
    let kinds: Vec<(&str, &Type)> = pricer.contract().program().facts().collect();
    for fact in pricer.facts_of(&terms) {
        let Some((name, kind)) = kinds.get(fact) else { continue };
        match Supply::named(name, kind) {
            Ok(supply) if rule.is_of_claim && !supply.is_of_claim() => {
                let message = format!("a document without `{name}`, which one line has");
                fields.refuse("method", &message);
            }
            Ok(supply) if !rule.is_of_claim && !supply.is_of_line() => {
                let message = format!("a document without `{name}`, which a whole claim has");
                fields.refuse("method", &message);
            }
            Ok(supply) => found.push((fact, supply)),
            Err(message) => fields.refuse("method", &format!("another document: {message}")),
        }
    }
    found
}

/// The tables that the agreement names.
fn read_tables(rule: &mut PriceRule, has_factor: bool, fields: &mut Fields<'_>) {
    if rule.needs(FactTable::FeeSchedule) {
        rule.schedule = fields.text_required("schedule");
    }
    if rule.needs(FactTable::GeographicIndices) {
        rule.locality = fields.text_required("locality");
    } else if rule.needs(FactTable::AnesthesiaFactor) {
        rule.locality = fields.text("locality").unwrap_or_default();
        if rule.locality.is_empty() && !has_factor {
            fields.refuse("conversion_factor", "given (or `locality`)");
        }
    }
}

/// Every rule of a document under the term that names it: `Agreement 4711, term stays: 2.
/// Transfers`.
fn references(pricer: &Pricer, rule: &RuleReference) -> Vec<Vec<Arc<RuleReference>>> {
    let of_rule = |term: usize, place: usize| {
        let clause = pricer.clause(term, place);
        let citation = format!("{}: {clause}", rule.citation);
        Arc::new(RuleReference { citation, ..rule.clone() })
    };
    let of_term = |term| (0..pricer.rules(term)).map(|place| of_rule(term, place)).collect();
    (0..pricer.terms()).map(of_term).collect()
}
