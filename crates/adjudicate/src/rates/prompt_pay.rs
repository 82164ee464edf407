//! Prompt-pay rules: how long a clean claim may wait, and the interest after that.

use super::Rates;
use super::fields::{Fields, Place, blocks, header_lines, parse_document};
use super::plans::LineOfBusiness;
use counterfoil_base::{
    Cents, Date, Decimal, Explained, Finding, Input, Rounding, RuleReference, Text,
};
use jiff::ToSpan;
use jiff::civil::Weekday;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How the claim came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Medium {
    /// As an X12 837.
    #[default]
    Electronic,
    /// On paper.
    Paper,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Formula {
    /// Rate a year, over days of a year.
    Annual { rate: Decimal, year_days: u32 },
    /// Rate a month of thirty days.
    Monthly { rate: Decimal },
    /// Rate a month of thirty days, by the day since receipt.
    Stepped { steps: Vec<(u32, Decimal)> },
}

#[derive(Clone, Debug)]
struct Rule {
    rule: Arc<RuleReference>,
    state: Text,
    line_of_business: Option<LineOfBusiness>,
    medium: Medium,
    days: u32,
    working_days: bool,
    formula: Formula,
    from: Date,
    to: Option<Date>,
}

/// Interest owed on a payment, with the facts that it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// What is owed.
    pub amount_cents: Cents,
    /// The payment on which it is owed.
    pub principal_cents: Cents,
    /// Last day on which payment would have been in time.
    pub due_on: Date,
    /// Days after that until payment.
    pub days_late: u32,
    /// The formula in words, with the rate.
    pub formula: String,
    /// The statute or table row.
    pub rule: Arc<RuleReference>,
}

/// The table of prompt-pay rules and the holidays that working days leave out.
#[derive(Clone, Debug, Default)]
pub struct PromptPay {
    rules: Vec<Rule>,
    holidays: BTreeSet<Date>,
}

/// What decides the prompt-pay rule of a claim.
#[derive(Clone, Copy, Debug)]
pub struct PromptPayFacts<'a> {
    /// State of the plan; ignored for Medicare Advantage, which follows `US`.
    pub state: &'a str,
    /// Kind of insurance.
    pub line_of_business: LineOfBusiness,
    /// How the claim came.
    pub medium: Medium,
    /// Day on which the claim was received clean: the clock starts the day after.
    pub clean_on: Date,
    /// Day of payment.
    pub pay_on: Date,
}

/// A payment as prompt-pay interest looks at it.
#[derive(Clone, Copy, Debug)]
pub struct LatePayment<'a> {
    /// The plan that decided the claim.
    pub plan_id: &'a str,
    /// First day of service, which picks the plan's version.
    pub service_from: Date,
    /// How the claim came.
    pub medium: Medium,
    /// Day on which the claim was received clean.
    pub clean_on: Date,
    /// Day on which the payee has the money.
    pub pay_on: Date,
}

impl Rates {
    /// Interest owed on a payment by the rule of the plan's state; nothing when the payment is
    /// in time, no rule holds, or no plan decided.
    #[must_use]
    pub fn interest(&self, late: &LatePayment<'_>, principal: Cents) -> Option<Interest> {
        let plan = self.plans.find(late.plan_id, late.service_from)?;
        let facts = PromptPayFacts {
            state: &plan.state,
            line_of_business: plan.line_of_business,
            medium: late.medium,
            clean_on: late.clean_on,
            pay_on: late.pay_on,
        };
        self.prompt_pay.interest(&facts, principal)
    }
}

impl Interest {
    /// The amount with its rule, formula, inputs and rounding.
    #[must_use]
    pub fn explain(&self) -> Explained<Cents> {
        let rule = RuleReference::clone(&self.rule);
        let input = |name: &str, value: String, source: &str| Input {
            name: name.to_owned(),
            value,
            source: source.to_owned(),
        };
        Explained {
            value: self.amount_cents,
            formula: format!("{} = {}", self.formula, self.amount_cents),
            inputs: vec![
                input("paid", self.principal_cents.to_string(), "claim"),
                input("last day in time", self.due_on.to_string(), &rule.citation),
                input("days late", self.days_late.to_string(), "payment run"),
            ],
            rule,
            rounding: Some(Rounding::HalfUp),
        }
    }
}

impl PromptPay {
    /// Interest on a payment; nothing when it is in time or no rule holds.
    #[must_use]
    pub fn interest(&self, facts: &PromptPayFacts<'_>, principal: Cents) -> Option<Interest> {
        let rule = self.find(facts)?;
        let due_on = self.due_on(rule, facts.clean_on)?;
        let days_late = u32::try_from((facts.pay_on - due_on).get_days()).ok()?;
        if days_late == 0 || principal <= Cents::ZERO {
            return None;
        }
        let waited = u32::try_from((facts.pay_on - facts.clean_on).get_days()).ok()?;
        let (amount_cents, formula) = rule.formula.amount(principal, days_late, waited)?;
        let rule = Arc::clone(&rule.rule);
        let principal_cents = principal;
        Some(Interest { amount_cents, principal_cents, due_on, days_late, formula, rule })
    }

    /// Last day on which payment is in time; nothing when no rule holds.
    #[must_use]
    pub fn last_day(&self, facts: &PromptPayFacts<'_>) -> Option<Date> {
        self.due_on(self.find(facts)?, facts.clean_on)
    }

    fn find(&self, facts: &PromptPayFacts<'_>) -> Option<&Rule> {
        let medicare = facts.line_of_business == LineOfBusiness::MedicareAdvantage;
        let state = if medicare { "US" } else { facts.state };
        let holds = |rule: &&Rule| {
            rule.state == state
                && rule.medium == facts.medium
                && rule.from <= facts.clean_on
                && rule.to.is_none_or(|to| facts.clean_on <= to)
        };
        let of = |wanted: Option<LineOfBusiness>| {
            self.rules.iter().filter(holds).find(|rule| rule.line_of_business == wanted)
        };
        of(Some(facts.line_of_business)).or_else(|| of(None))
    }

    fn due_on(&self, rule: &Rule, clean_on: Date) -> Option<Date> {
        if !rule.working_days {
            return clean_on.checked_add(i64::from(rule.days).days()).ok();
        }
        let mut day = clean_on;
        let mut counted = 0;
        while counted < rule.days {
            day = day.checked_add(1.day()).ok()?;
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            counted += u32::from(!weekend && !self.holidays.contains(&day));
        }
        Some(day)
    }

    pub(crate) fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        let Some(mut document) = parse_document(file, text, &["rule", "holiday"], findings) else {
            return;
        };
        let mut lines = header_lines(text, "holiday").into_iter();
        for (block, line) in blocks(&mut document, "holiday", &mut lines) {
            let mut fields = Fields::new(Place { file, line }, block, findings);
            let day = fields.date_required("date");
            if fields.finish() {
                self.holidays.insert(day);
            }
        }
        let mut lines = header_lines(text, "rule").into_iter();
        for (block, line) in blocks(&mut document, "rule", &mut lines) {
            let mut fields = Fields::new(Place { file, line }, block, findings);
            let rule = read_rule(&mut fields);
            if fields.finish() {
                self.rules.push(rule);
            }
        }
    }
}

impl Formula {
    /// Simple interest, rounded once, half up to the cent.
    fn amount(&self, principal: Cents, late: u32, waited: u32) -> Option<(Cents, String)> {
        let dollars = Decimal::from_cents(principal);
        let (numerator, divisor, words) = match self {
            Formula::Annual { rate, year_days } => {
                let product = dollars.checked_mul(*rate)?.checked_mul(whole(late))?;
                (product, whole(*year_days), format!("{principal} x {rate} x {late} / {year_days}"))
            }
            Formula::Monthly { rate } => {
                let product = dollars.checked_mul(*rate)?.checked_mul(whole(late))?;
                (product, whole(30), format!("{principal} x {rate} x {late} / 30"))
            }
            Formula::Stepped { steps } => {
                let mut weighted = Decimal::ZERO;
                let mut words = Vec::new();
                for (index, (from_day, rate)) in steps.iter().enumerate() {
                    let first = (*from_day).max(waited.saturating_sub(late) + 1);
                    let next = steps.get(index + 1).map_or(u32::MAX, |step| step.0);
                    let days = (waited + 1).min(next).saturating_sub(first);
                    weighted = weighted.checked_add(rate.checked_mul(whole(days))?)?;
                    if days > 0 {
                        words.push(format!("{rate} x {days}"));
                    }
                }
                let words = format!("{principal} x ({}) / 30", words.join(" + "));
                (dollars.checked_mul(weighted)?, whole(30), words)
            }
        };
        let amount = numerator.div_rounded(divisor, 2, Rounding::HalfUp)?;
        Some((amount.to_cents(Rounding::HalfUp)?, words))
    }
}

fn whole(number: u32) -> Decimal {
    Decimal::whole(i64::from(number))
}

#[derive(Clone, Copy)]
enum FormulaKind {
    Annual,
    Monthly,
    Stepped,
}

fn read_rule(fields: &mut Fields<'_>) -> Rule {
    let id = fields.text_required("id");
    let source = fields.text_required("source");
    let from = fields.date_required("effective_from");
    let line_of_business = match fields.text("line_of_business").as_deref() {
        None | Some("any") => None,
        Some(word) => {
            let found = LineOfBusiness::WORDS.iter().find(|(name, _)| *name == word);
            if found.is_none() {
                fields.refuse("line_of_business", "any or a plan's line of business");
            }
            found.map(|(_, value)| *value)
        }
    };
    let medium =
        fields.choice("medium", &[("electronic", Medium::Electronic), ("paper", Medium::Paper)]);
    let working = fields.choice("day_kind", &[("calendar", false), ("working", true)]);
    let days = fields.count("days");
    if days.is_none() {
        fields.refuse("days", "given: the days to pay without interest");
    }
    let rule = RuleReference {
        id: format!("prompt_pay.{id}"),
        version: from.to_string(),
        citation: source.to_string(),
    };
    Rule {
        rule: Arc::new(rule),
        state: fields.text_required("state"),
        line_of_business,
        medium: medium.unwrap_or_default(),
        days: days.unwrap_or_default(),
        working_days: working.unwrap_or_default(),
        formula: read_formula(fields),
        from,
        to: fields.date("effective_to"),
    }
}

fn read_formula(fields: &mut Fields<'_>) -> Formula {
    let kinds = [
        ("annual", FormulaKind::Annual),
        ("monthly", FormulaKind::Monthly),
        ("stepped", FormulaKind::Stepped),
    ];
    let kind = fields.choice("interest", &kinds).unwrap_or(FormulaKind::Annual);
    let rate = fields.share("rate");
    let year_days = fields.count("year_days").unwrap_or(365);
    let tables = fields.tables("steps");
    if year_days == 0 {
        fields.refuse("year_days", "at least 1");
    }
    if !matches!(kind, FormulaKind::Stepped) && rate.is_none() {
        fields.refuse("rate", "given for annual and monthly interest");
    }
    let mut steps = Vec::new();
    for table in tables {
        steps.push(fields.nested(table, |step| {
            (step.count("from_day").unwrap_or(0), step.share("rate").unwrap_or_default())
        }));
    }
    if matches!(kind, FormulaKind::Stepped)
        && (steps.is_empty() || steps.windows(2).any(|pair| pair[0].0 >= pair[1].0))
    {
        fields.refuse("steps", "given, each with a later `from_day` than the one before");
    }
    let rate = rate.unwrap_or_default();
    match kind {
        FormulaKind::Annual => Formula::Annual { rate, year_days: year_days.max(1) },
        FormulaKind::Monthly => Formula::Monthly { rate },
        FormulaKind::Stepped => Formula::Stepped { steps },
    }
}
