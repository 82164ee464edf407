//! Provider contracts: who is contracted, for which plans and days, and how services are priced.

use super::codes::CodeList;
use super::fields::{Fields, Place, blocks, header_lines, parse_document, rates_finding};
use super::plans::{KINDS, LineFacts};
use super::pricing::{Documents, TermPricing, read_pricing};
use counterfoil_base::{Date, Decimal, Finding, RuleReference, Text};
use counterfoil_claim::ClaimKind;
use rustc_hash::FxHashMap;
use std::sync::Arc;

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
    pub pricing: TermPricing,
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

    pub(crate) fn add(
        &mut self,
        file: &str,
        text: &str,
        documents: &mut Documents,
        findings: &mut Vec<Finding>,
    ) {
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
                let term = read_term(&mut fields, &contract.rule, documents);
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

fn read_term(
    fields: &mut Fields<'_>,
    contract: &RuleReference,
    documents: &mut Documents,
) -> Option<Term> {
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
    let pricing = read_pricing(fields, &rule, documents)?;
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
        pricing,
    })
}
