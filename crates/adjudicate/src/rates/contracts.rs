//! Provider contracts: who is contracted, for which plans and days, and how services are priced.

use super::codes::CodeList;
use super::fields::{Fields, Place, blocks, header_lines, parse_document, rates_finding};
use super::plans::{KINDS, LineFacts};
use counterfoil_base::{Cents, Date, Decimal, Finding, RuleReference, Text};
use counterfoil_claim::ClaimKind;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How a term prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// The payer's own table times units and a percentage.
    FeeSchedule {
        /// Table.
        schedule: Text,
        /// Factor on the table amount.
        percent: Decimal,
        /// Whether payment modifiers change the amount.
        modifiers_apply: bool,
    },
    /// Relative values, geographic indices, conversion factor, payment modifiers.
    RelativeValue {
        /// `MAC-LOCALITY` or `national`.
        locality: Text,
        /// Factor on the published amount.
        percent: Decimal,
        /// Instead of the published conversion factor.
        conversion_factor: Option<Decimal>,
    },
    /// Base units and time.
    Anesthesia {
        /// `MAC-LOCALITY`, for the published factor.
        locality: Text,
        /// Instead of the published factor.
        conversion_factor: Option<Decimal>,
        /// Length of a time unit.
        minutes_per_unit: u32,
        /// Factor on the amount.
        percent: Decimal,
    },
    /// A share of the charge.
    PercentOfCharge {
        /// The share.
        percent: Decimal,
    },
    /// A limit for everyone; what the provider charges above it is stated to be whose.
    ReferencePrice {
        /// Table.
        schedule: Text,
        /// Factor on the table amount.
        percent: Decimal,
        /// Whether the patient owes what exceeds the reference price.
        balance_to_patient: bool,
    },
    /// An amount a day, for the claim.
    PerDiem {
        /// Amount a day.
        rate: Cents,
        /// Most days that are paid.
        days_max: Option<u32>,
    },
    /// An amount for the claim.
    CaseRate {
        /// The amount.
        rate: Cents,
    },
    /// DRG weight times base rate, with transfer and outlier.
    Drg(DrgTerms),
    /// The smallest of several.
    LesserOf {
        /// What is compared.
        options: Vec<Method>,
    },
}

/// Parameters of DRG pricing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrgTerms {
    /// Amount for weight 1.
    pub base_rate: Cents,
    /// Cost as a share of charges, for outliers; nothing: no outlier payment.
    pub cost_to_charge: Option<Decimal>,
    /// Fixed loss above the DRG amount.
    pub outlier_threshold: Cents,
    /// Share of the excess that is paid.
    pub marginal_rate: Decimal,
    /// Whether transfers are paid by the day.
    pub transfer: bool,
}

impl Method {
    /// True for methods that price a claim and not a line.
    #[must_use]
    pub fn is_claim_method(&self) -> bool {
        match self {
            Method::PerDiem { .. } | Method::CaseRate { .. } | Method::Drg(_) => true,
            Method::LesserOf { options } => options.iter().any(Method::is_claim_method),
            _ => false,
        }
    }

    fn is_consistent(&self) -> bool {
        match self {
            Method::LesserOf { options } => {
                let claims = options.iter().filter(|method| method.is_claim_method()).count();
                !options.is_empty() && (claims == 0 || claims == options.len())
            }
            _ => true,
        }
    }
}

/// One pricing term.
#[derive(Clone, Debug)]
pub struct Term {
    /// Name of the term.
    pub id: Text,
    /// What is cited.
    pub rule: Arc<RuleReference>,
    claim_kind: Option<ClaimKind>,
    bill_types: CodeList,
    places_of_service: CodeList,
    procedures: CodeList,
    modifiers: CodeList,
    revenue_codes: CodeList,
    drgs: CodeList,
    from: Option<Date>,
    to: Option<Date>,
    /// How it prices.
    pub method: Method,
}

impl Term {
    pub(crate) fn matches(&self, facts: &LineFacts<'_>) -> bool {
        let professional = facts.claim_kind == ClaimKind::Professional;
        let place = |list: &CodeList, kind: bool| {
            list.is_any() || kind && list.matches(facts.facility_code)
        };
        self.claim_kind.is_none_or(|kind| kind == facts.claim_kind)
            && self.procedures.matches(facts.procedure)
            && self.revenue_codes.matches(facts.revenue_code)
            && self.drgs.matches(facts.drg)
            && place(&self.bill_types, !professional)
            && place(&self.places_of_service, professional)
            && (self.modifiers.is_any()
                || facts.modifiers.iter().any(|modifier| self.modifiers.matches(modifier)))
            && self.from.is_none_or(|from| from <= facts.day)
            && self.to.is_none_or(|to| facts.day <= to)
    }
}

/// One version of a contract.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Name of the contract.
    pub id: Text,
    /// What is cited.
    pub rule: Arc<RuleReference>,
    tax_ids: Vec<Text>,
    npis: Vec<Text>,
    is_default: bool,
    plans: Vec<Text>,
    /// Whether its providers are in the network.
    pub in_network: bool,
    from: Date,
    to: Option<Date>,
    /// Share of payments that is held back.
    pub withhold: Decimal,
    /// Filing limit instead of the plan's.
    pub timely_filing_days: Option<u32>,
    /// Whether the allowed amount stops at the charge.
    pub lesser_of_charge: bool,
    /// Pricing terms in order: the first that matches prices.
    pub terms: Vec<Term>,
}

impl Contract {
    fn holds(&self, plan: &str, day: Date) -> bool {
        (self.plans.is_empty() || self.plans.iter().any(|id| id == plan))
            && self.from <= day
            && self.to.is_none_or(|to| day <= to)
    }
}

/// All contracts, found by billing provider.
#[derive(Clone, Debug, Default)]
pub struct Contracts {
    contracts: Vec<Contract>,
    by_npi: FxHashMap<Text, Vec<usize>>,
    by_tax_id: FxHashMap<Text, Vec<usize>>,
    defaults: Vec<usize>,
}

impl Contracts {
    /// The contract of a provider: by NPI, else by tax number, else the default.
    #[must_use]
    pub fn find(&self, npi: &str, tax_id: &str, plan: &str, day: Date) -> Option<&Contract> {
        let first = |indices: &Vec<usize>| {
            indices.iter().map(|&at| &self.contracts[at]).find(|one| one.holds(plan, day))
        };
        self.by_npi
            .get(npi)
            .and_then(first)
            .or_else(|| self.by_tax_id.get(tax_id).and_then(first))
            .or_else(|| first(&self.defaults))
    }

    /// Every contract in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Contract] {
        &self.contracts
    }

    pub(crate) fn add(&mut self, file: &str, text: &str, findings: &mut Vec<Finding>) {
        let Some(mut document) = parse_document(file, text, &["contract"], findings) else {
            return;
        };
        let mut lines = header_lines(text, "contract").into_iter();
        let mut term_lines = header_lines(text, "contract.term").into_iter();
        for (mut block, line) in blocks(&mut document, "contract", &mut lines) {
            let terms = blocks(&mut block, "term", &mut term_lines);
            let mut fields = Fields::new(Place { file, line }, block, findings);
            let mut contract = read_contract(&mut fields);
            let mut good = fields.finish();
            for (term, line) in terms {
                let mut fields = Fields::new(Place { file, line }, term, findings);
                let term = read_term(&mut fields, &contract.rule);
                good &= fields.finish();
                contract.terms.extend(term);
            }
            if good {
                self.push(contract, &Place { file, line }, findings);
            }
        }
    }

    fn push(&mut self, contract: Contract, place: &Place<'_>, findings: &mut Vec<Finding>) {
        let overlaps = |other: &Contract| {
            other.from <= contract.to.unwrap_or(Date::MAX)
                && contract.from <= other.to.unwrap_or(Date::MAX)
                && (other.plans.is_empty()
                    || contract.plans.is_empty()
                    || other.plans.iter().any(|plan| contract.plans.contains(plan)))
                && (other.is_default && contract.is_default
                    || other.npis.iter().any(|npi| contract.npis.contains(npi))
                    || other.npis.is_empty()
                        && contract.npis.is_empty()
                        && other.tax_ids.iter().any(|id| contract.tax_ids.contains(id)))
        };
        if let Some(other) = self.contracts.iter().find(|other| overlaps(other)) {
            let message = format!(
                "contracts `{}` and `{}` claim the same provider, plan and days",
                other.id, contract.id
            );
            let fix = "end one of them, or name different plans; until then the first decides";
            findings.push(rates_finding("RATES-overlap", place, &message, fix));
        }
        let at = self.contracts.len();
        for npi in &contract.npis {
            self.by_npi.entry(npi.clone()).or_default().push(at);
        }
        for tax_id in &contract.tax_ids {
            self.by_tax_id.entry(tax_id.clone()).or_default().push(at);
        }
        if contract.is_default {
            self.defaults.push(at);
        }
        self.contracts.push(contract);
    }
}

fn read_contract(fields: &mut Fields<'_>) -> Contract {
    let id = fields.text_required("id");
    let version = fields.text_required("version");
    let citation = fields.text("citation").unwrap_or_else(|| Text::from(format!("contract {id}")));
    let rule = RuleReference {
        id: format!("contract.{id}"),
        version: version.to_string(),
        citation: citation.to_string(),
    };
    let digits = |text: &Text| text.chars().filter(|c| *c != '-').collect::<Text>();
    let contract = Contract {
        id,
        rule: Arc::new(rule),
        tax_ids: fields.texts("tax_ids").iter().map(digits).collect(),
        npis: fields.texts("npis"),
        is_default: fields.flag("default", false),
        plans: fields.texts("plans"),
        in_network: fields.choice("network", &[("in", true), ("out", false)]).unwrap_or(true),
        from: fields.date_required("from"),
        to: fields.date("to"),
        withhold: fields.share("withhold").unwrap_or_default(),
        timely_filing_days: fields.count("timely_filing_days"),
        lesser_of_charge: fields.flag("lesser_of_charge", true),
        terms: Vec::new(),
    };
    if contract.tax_ids.is_empty() && contract.npis.is_empty() && !contract.is_default {
        fields.refuse("tax_ids", "given (or `npis`, or `default = true`)");
    }
    contract
}

fn read_term(fields: &mut Fields<'_>, contract: &RuleReference) -> Option<Term> {
    let id = fields.text_required("id");
    let rule = RuleReference {
        id: format!("{}.{id}", contract.id),
        version: contract.version.clone(),
        citation: format!("{}, term {id}", contract.citation),
    };
    let claim_kind = fields.choice("claim_kind", &KINDS);
    let bill_types = fields.codes("bill_types");
    let places_of_service = fields.codes("places_of_service");
    let procedures = fields.codes("procedures");
    let modifiers = fields.codes("modifiers");
    let revenue_codes = fields.codes("revenue_codes");
    let drgs = fields.codes("drgs");
    let (from, to) = (fields.date("from"), fields.date("to"));
    let method = read_method(fields)?;
    if !method.is_consistent() {
        fields.refuse("options", "given, and all line methods or all claim methods");
    }
    let rule = Arc::new(rule);
    Some(Term {
        id,
        rule,
        claim_kind,
        bill_types,
        places_of_service,
        procedures,
        modifiers,
        revenue_codes,
        drgs,
        from,
        to,
        method,
    })
}

fn read_method(fields: &mut Fields<'_>) -> Option<Method> {
    let name = fields.text_required("method");
    let percent = |fields: &mut Fields<'_>| fields.factor("percent").unwrap_or(Decimal::ONE);
    Some(match name.as_str() {
        "fee_schedule" => Method::FeeSchedule {
            schedule: fields.text_required("schedule"),
            percent: percent(fields),
            modifiers_apply: fields.flag("modifiers_apply", false),
        },
        "rbrvs" => Method::RelativeValue {
            locality: fields.text_required("locality"),
            percent: percent(fields),
            conversion_factor: fields.factor("conversion_factor"),
        },
        "anesthesia" => read_anesthesia(fields),
        "percent_of_charge" => {
            let share = fields.factor("percent");
            if share.is_none() {
                fields.refuse("percent", "given");
            }
            Method::PercentOfCharge { percent: share.unwrap_or_default() }
        }
        "reference_price" => Method::ReferencePrice {
            schedule: fields.text_required("schedule"),
            percent: percent(fields),
            balance_to_patient: fields.flag("balance_to_patient", true),
        },
        "per_diem" => Method::PerDiem {
            rate: rate_required(fields, "rate"),
            days_max: fields.count("days_max"),
        },
        "case_rate" => Method::CaseRate { rate: rate_required(fields, "rate") },
        "drg" => Method::Drg(read_drg(fields)),
        "lesser_of" => {
            let mut options = Vec::new();
            for table in fields.tables("options") {
                options.extend(fields.nested(table, read_method));
            }
            Method::LesserOf { options }
        }
        _ => {
            let words = "one of: fee_schedule, rbrvs, anesthesia, percent_of_charge, \
                         reference_price, per_diem, case_rate, drg, lesser_of";
            fields.refuse("method", words);
            return None;
        }
    })
}

fn read_anesthesia(fields: &mut Fields<'_>) -> Method {
    let locality = fields.text("locality").unwrap_or_default();
    let conversion_factor = fields.factor("conversion_factor");
    if locality.is_empty() && conversion_factor.is_none() {
        fields.refuse("conversion_factor", "given (or `locality`)");
    }
    let minutes = fields.count("minutes_per_unit").unwrap_or(15);
    if minutes == 0 {
        fields.refuse("minutes_per_unit", "at least 1");
    }
    Method::Anesthesia {
        locality,
        conversion_factor,
        minutes_per_unit: minutes.max(1),
        percent: fields.factor("percent").unwrap_or(Decimal::ONE),
    }
}

fn read_drg(fields: &mut Fields<'_>) -> DrgTerms {
    let cost_to_charge = fields.share("cost_to_charge");
    let threshold = fields.cents("outlier_threshold");
    if cost_to_charge.is_some() != threshold.is_some() {
        fields.refuse("outlier_threshold", "given together with `cost_to_charge`");
    }
    DrgTerms {
        base_rate: rate_required(fields, "base_rate"),
        cost_to_charge,
        outlier_threshold: threshold.unwrap_or_default(),
        marginal_rate: fields.share("marginal_rate").unwrap_or(Decimal::new(8, 1)),
        transfer: fields.flag("transfer", true),
    }
}

fn rate_required(fields: &mut Fields<'_>, key: &'static str) -> Cents {
    match fields.cents(key) {
        Some(rate) => rate,
        None => {
            fields.refuse(key, "given, in dollars such as \"1500.00\"");
            Cents::ZERO
        }
    }
}
