//! Benefit plans: limits, benefits by kind of service, filing limit and coordination.

use super::codes::CodeList;
use super::fields::{Fields, Place, blocks, header_lines, parse_document, rates_finding};
use counterfoil_base::{Cents, Date, Decimal, Finding, RuleReference, Text};
use counterfoil_claim::ClaimKind;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What kind of insurance a plan is; chooses the prompt-pay rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineOfBusiness {
    /// Group or individual insurance outside the exchange.
    #[default]
    Commercial,
    /// A qualified health plan of the marketplace.
    Exchange,
    /// Medicare part C.
    MedicareAdvantage,
    /// Medicaid managed care.
    Medicaid,
    /// An employer's own plan.
    SelfFunded,
}

impl LineOfBusiness {
    pub(crate) const WORDS: [(&'static str, LineOfBusiness); 5] = [
        ("commercial", LineOfBusiness::Commercial),
        ("exchange", LineOfBusiness::Exchange),
        ("medicare_advantage", LineOfBusiness::MedicareAdvantage),
        ("medicaid", LineOfBusiness::Medicaid),
        ("self_funded", LineOfBusiness::SelfFunded),
    ];
}

/// How the plan pays after another payer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coordination {
    /// Up to the patient's rest, at most the plan's own benefit.
    #[default]
    Standard,
    /// Only what the plan's own benefit exceeds the other payer's payment.
    NonDuplication,
}

/// Yearly limits of one network tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Deductible of one person.
    pub deductible_individual: Cents,
    /// Deductible of the family together; nothing when there is none.
    pub deductible_family: Option<Cents>,
    /// Most that one person pays in a benefit year; nothing when there is no limit.
    pub out_of_pocket_individual: Option<Cents>,
    /// Most that the family pays together.
    pub out_of_pocket_family: Option<Cents>,
}

/// How often a copay is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopayBasis {
    /// On every line.
    #[default]
    Line,
    /// Once a day of service of the claim.
    Day,
    /// Once a claim.
    Claim,
}

/// What happens to a service without a prior authorization number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authorization {
    /// None is needed.
    #[default]
    None,
    /// The line is denied (CARC 197).
    Deny,
    /// The claim pends.
    Pend,
}

/// What the plan pays for one kind of service.
#[derive(Clone, Debug, Default)]
pub struct Benefit {
    /// Name of the benefit.
    pub id: Text,
    /// What is cited.
    pub rule: Arc<RuleReference>,
    claim_kind: Option<ClaimKind>,
    places_of_service: CodeList,
    procedures: CodeList,
    revenue_codes: CodeList,
    bill_types: CodeList,
    diagnoses: CodeList,
    in_network: Option<bool>,
    /// False: the service is not covered.
    pub covered: bool,
    /// Fixed amount of the patient.
    pub copay_cents: Cents,
    /// How often the copay is due.
    pub copay_basis: CopayBasis,
    /// Share of the patient after copay and deductible.
    pub coinsurance: Decimal,
    /// Whether the deductible comes first.
    pub deductible_applies: bool,
    /// Whether an authorization is needed.
    pub authorization: Authorization,
}

/// The facts of a line by which a benefit or pricing term is chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineFacts<'a> {
    pub claim_kind: ClaimKind,
    pub facility_code: &'a str,
    pub procedure: &'a str,
    pub modifiers: &'a [Text],
    pub revenue_code: &'a str,
    pub principal_diagnosis: &'a str,
    pub drg: &'a str,
    pub in_network: bool,
    pub day: Date,
}

impl Benefit {
    pub(crate) fn matches(&self, facts: &LineFacts<'_>) -> bool {
        let professional = facts.claim_kind == ClaimKind::Professional;
        self.claim_kind.is_none_or(|kind| kind == facts.claim_kind)
            && self.in_network.is_none_or(|wanted| wanted == facts.in_network)
            && self.procedures.matches(facts.procedure)
            && self.revenue_codes.matches(facts.revenue_code)
            && self.diagnoses.matches(facts.principal_diagnosis)
            && (self.places_of_service.is_any()
                || professional && self.places_of_service.matches(facts.facility_code))
            && (self.bill_types.is_any()
                || !professional && self.bill_types.matches(facts.facility_code))
    }
}

/// One version of a benefit plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Name by which members hold it.
    pub id: Text,
    /// What is cited for the plan as a whole.
    pub rule: Arc<RuleReference>,
    /// Kind of insurance.
    pub line_of_business: LineOfBusiness,
    /// State of issue.
    pub state: Text,
    /// First day of service of this version.
    pub from: Option<Date>,
    /// Last day of service of this version.
    pub to: Option<Date>,
    /// Days from the last day of service to receipt; 0 for no limit.
    pub timely_filing_days: u32,
    /// How the plan pays after another payer.
    pub coordination: Coordination,
    /// Month and day on which accumulators start again.
    pub benefit_year_start: (i8, i8),
    /// Limits within the network.
    pub in_network: Limits,
    /// Limits outside it; nothing when the plan pays nothing there.
    pub out_of_network: Option<Limits>,
    /// Benefits in order: the first that matches decides.
    pub benefits: Vec<Benefit>,
}

impl Plan {
    /// First day of the benefit year that holds the day.
    #[must_use]
    pub fn benefit_year(&self, day: Date) -> Date {
        let (month, first) = self.benefit_year_start;
        let year = if (day.month(), day.day()) >= (month, first) {
            day.year()
        } else {
            day.year().saturating_sub(1)
        };
        Date::new(year, month, first).unwrap_or(day)
    }
}

/// All plans, found by id and day.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    plans: Vec<Plan>,
    by_id: FxHashMap<Text, Vec<usize>>,
}

impl Plans {
    /// The version of a plan that holds on a day.
    #[must_use]
    pub fn find(&self, id: &str, day: Date) -> Option<&Plan> {
        let versions = self.by_id.get(id)?;
        versions.iter().map(|&index| &self.plans[index]).find(|plan| {
            plan.from.is_none_or(|from| from <= day) && plan.to.is_none_or(|to| day <= to)
        })
    }

    /// Every plan in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Plan] {
        &self.plans
    }

    pub(crate) fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        let Some(mut document) = parse_document(file, text, &["plan"], findings) else {
            return;
        };
        let mut lines = header_lines(text, "plan").into_iter();
        let mut benefit_lines = header_lines(text, "plan.benefit").into_iter();
        for (mut block, line) in blocks(&mut document, "plan", &mut lines) {
            let benefits = blocks(&mut block, "benefit", &mut benefit_lines);
            let mut fields = Fields::new(Place { file, line }, block, findings);
            let mut plan = read_plan(&mut fields);
            let mut good = fields.finish();
            for (benefit, line) in benefits {
                let mut fields = Fields::new(Place { file, line }, benefit, findings);
                let benefit = read_benefit(&mut fields, &plan.rule);
                good &= fields.finish();
                plan.benefits.push(benefit);
            }
            if good {
                self.push(plan, &Place { file, line }, findings);
            }
        }
    }

    fn push(&mut self, plan: Plan, place: &Place<'_>, findings: &mut Vec<Finding>) {
        let versions = self.by_id.entry(plan.id.clone()).or_default();
        let overlaps = versions.iter().map(|&index| &self.plans[index]).any(|other| {
            other.to.is_none_or(|to| plan.from.is_none_or(|from| from <= to))
                && plan.to.is_none_or(|to| other.from.is_none_or(|from| from <= to))
        });
        if overlaps {
            let message = format!("plan `{}` has two versions for the same days", plan.id);
            let fix = "end the earlier version the day before the later one begins";
            findings.push(rates_finding("RATES-overlap", place, &message, fix));
            return;
        }
        versions.push(self.plans.len());
        self.plans.push(plan);
    }
}

pub(crate) const KINDS: [(&str, ClaimKind); 2] =
    [("professional", ClaimKind::Professional), ("institutional", ClaimKind::Institutional)];

fn read_plan(fields: &mut Fields<'_>) -> Plan {
    let id = fields.text_required("id");
    let version = fields.text_required("version");
    let citation = fields.text("citation").unwrap_or_else(|| Text::from(format!("plan {id}")));
    let rule = RuleReference {
        id: format!("plan.{id}"),
        version: version.to_string(),
        citation: citation.to_string(),
    };
    let line_of_business = fields.choice("line_of_business", &LineOfBusiness::WORDS);
    let coordination = fields.choice(
        "coordination",
        &[("standard", Coordination::Standard), ("non_duplication", Coordination::NonDuplication)],
    );
    let mut plan = Plan {
        id,
        rule: Arc::new(rule),
        line_of_business: line_of_business.unwrap_or_default(),
        state: fields.text_required("state"),
        from: Some(fields.date_required("from")),
        to: fields.date("to"),
        timely_filing_days: fields.count("timely_filing_days").unwrap_or(0),
        coordination: coordination.unwrap_or_default(),
        benefit_year_start: read_year_start(fields),
        ..Plan::default()
    };
    if let Some(table) = fields.table("in_network") {
        plan.in_network = fields.nested(table, read_limits);
    }
    if let Some(table) = fields.table("out_of_network") {
        plan.out_of_network = Some(fields.nested(table, read_limits));
    }
    plan
}

fn read_year_start(fields: &mut Fields<'_>) -> (i8, i8) {
    let Some(text) = fields.text("benefit_year_start") else {
        return (1, 1);
    };
    // 2025 is no leap year, so February 29 is refused: it would not start every year.
    match super::parse_date(&format!("2025-{text}")) {
        Some(day) => (day.month(), day.day()),
        None => {
            fields.refuse("benefit_year_start", "a month and day such as \"01-01\"");
            (1, 1)
        }
    }
}

fn read_limits(fields: &mut Fields<'_>) -> Limits {
    let positive = |amount: Option<Cents>| amount.filter(|cents| !cents.is_zero());
    Limits {
        deductible_individual: fields.cents("deductible_individual").unwrap_or_default(),
        deductible_family: positive(fields.cents("deductible_family")),
        out_of_pocket_individual: fields.cents("out_of_pocket_individual"),
        out_of_pocket_family: fields.cents("out_of_pocket_family"),
    }
}

fn read_benefit(fields: &mut Fields<'_>, plan: &RuleReference) -> Benefit {
    let id = fields.text_required("id");
    let rule = RuleReference {
        id: format!("{}.{id}", plan.id),
        version: plan.version.clone(),
        citation: format!("{}, benefit {id}", plan.citation),
    };
    let network =
        fields.choice("network", &[("any", None), ("in", Some(true)), ("out", Some(false))]);
    let copay_basis = fields.choice(
        "copay_per",
        &[("line", CopayBasis::Line), ("day", CopayBasis::Day), ("claim", CopayBasis::Claim)],
    );
    let authorization = fields.choice(
        "authorization",
        &[
            ("none", Authorization::None),
            ("deny", Authorization::Deny),
            ("pend", Authorization::Pend),
        ],
    );
    Benefit {
        id,
        rule: Arc::new(rule),
        claim_kind: fields.choice("claim_kind", &KINDS),
        places_of_service: fields.codes("places_of_service"),
        procedures: fields.codes("procedures"),
        revenue_codes: fields.codes("revenue_codes"),
        bill_types: fields.codes("bill_types"),
        diagnoses: fields.codes("diagnoses"),
        in_network: network.unwrap_or_default(),
        covered: fields.flag("covered", true),
        copay_cents: fields.cents("copay").unwrap_or_default(),
        copay_basis: copay_basis.unwrap_or_default(),
        coinsurance: fields.share("coinsurance").unwrap_or_default(),
        deductible_applies: fields.flag("deductible_applies", true),
        authorization: authorization.unwrap_or_default(),
    }
}
