//! Adjudication: from a claim and everything known about it to an explained decision.

use crate::accumulators::{AccumulatorChange, Accumulators};
use crate::benefits::{BenefitFacts, BenefitYear};
use crate::checks::{self, Denial};
use crate::coordination::{self, OtherPayerLine};
use crate::decision::{Decision, DecisionState, LineDecision, LineState, Reason, Reversal};
use crate::edits::Edit;
use crate::line_result::{LineInputs, decide_line, denied_line, undecided_line};
use crate::members::{CoverageSpan, Eligibility, Member, Members};
use crate::price::{ClaimPrice, LinePrice, PricedLine, Pricing, Stop, stated_drg};
use crate::rates::{Authorization, Benefit, Contract, Limits, LineFacts, Plan, Rates};
use counterfoil_base::{Cents, Date, Text};
use counterfoil_claim::{Claim, ClaimKind, FrequencyCode, Line};

/// The payer's own knowledge: rates, members and what was used of their benefits.
#[derive(Clone, Copy, Debug)]
pub struct Payer<'a> {
    /// Plans, contracts and tables.
    pub rates: &'a Rates,
    /// People and coverage.
    pub members: &'a Members,
    /// Amounts used before this claim.
    pub accumulators: &'a Accumulators,
}

/// The earlier claim that a replacement or void names (REF F8), as the payer's history has it.
#[derive(Clone, Copy, Debug)]
pub struct PriorClaim<'a> {
    /// The payer's number of the earlier claim.
    pub claim_control_number: &'a str,
    /// What its decision added to accumulators.
    pub accumulator_changes: &'a [AccumulatorChange],
}

/// A claim and the facts of its receipt.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// The number that the payer gives it (CLP07).
    pub claim_control_number: &'a str,
    /// Day of receipt.
    pub received_on: Date,
    /// Findings of the clean-claim engine with their outcome.
    pub edits: &'a [Edit<'a>],
    /// The earlier claim, for frequency codes 7 and 8.
    pub prior: Option<PriorClaim<'a>>,
}

/// Decides a claim.
///
/// Pure: the same inputs give the same decision. The order is: form, edits, earlier claim,
/// eligibility, plan, network, timely filing, line edits, benefit and authorization, price,
/// patient's share, other payers, withhold (`docs/reference/adjudication.md`). Interest is found
/// when the claim is paid ([`Rates::interest`]).
/// The caller applies `reversal` and then `accumulator_changes` when it keeps the decision.
#[must_use]
pub fn adjudicate(payer: Payer<'_>, request: &Request<'_>) -> Decision {
    let mut decision = Decision {
        claim_control_number: Text::new(request.claim_control_number),
        charge_cents: request.claim.charge_cents,
        patient_identified: true,
        ..Decision::default()
    };
    let reasons = checks::rejections(request);
    if !reasons.is_empty() {
        decision.state = DecisionState::Rejected;
        decision.reasons = reasons;
        return decision;
    }
    decision.reversal = request.prior.map(|prior| Reversal {
        claim_control_number: Text::new(prior.claim_control_number),
        accumulator_changes: prior.accumulator_changes.iter().map(|one| one.negated()).collect(),
    });
    if request.claim.frequency() == FrequencyCode::Void {
        decision.state = DecisionState::Voided;
        return decision;
    }
    let judge = match Judge::open(payer, request, &mut decision) {
        Ok(judge) => judge,
        Err(denial) => {
            deny_all(request.claim, &denial, &mut decision);
            return decision;
        }
    };
    if let Some(judge) = judge {
        judge.lines(&mut decision);
        finish(&mut decision);
    } else {
        decision.wait_for_person(request.claim);
    }
    decision
}

/// What the lines are judged by, once member, plan and contract are known.
struct Judge<'a> {
    payer: Payer<'a>,
    request: &'a Request<'a>,
    plan: &'a Plan,
    contract: &'a Contract,
    limits: Limits,
    member: &'a Member,
    others: Option<Vec<OtherPayerLine>>,
    day: Date,
}

impl<'a> Judge<'a> {
    /// Finds member, plan and contract: a denial, or nothing (with reasons) to pend the claim.
    fn open(
        payer: Payer<'a>,
        request: &'a Request<'a>,
        decision: &mut Decision,
    ) -> Result<Option<Judge<'a>>, Denial> {
        let claim = request.claim;
        let day = claim.service_from().unwrap_or(request.received_on);
        let (member, span) = eligible(payer.members, claim, day, decision)?;
        decision.plan_id = span.plan_id.clone();
        let Some(plan) = payer.rates.plans.find(&span.plan_id, day) else {
            let message = format!("plan `{}` has no version for the day of service", span.plan_id);
            decision.reasons.push(checks::reason("ADJ-no-plan", None, message));
            return Ok(None);
        };
        let npi = claim.billing_provider.npi().unwrap_or("");
        let tax_id = claim.billing_provider.tax_id().unwrap_or("");
        let Some(contract) = payer.rates.contracts.find(npi, tax_id, &plan.id, day) else {
            if plan.out_of_network.is_none() {
                return Err(Denial::out_of_network(plan));
            }
            let message = "no contract, and no default contract, names the billing provider";
            decision.reasons.push(checks::reason("ADJ-no-contract", None, message.to_owned()));
            return Ok(None);
        };
        decision.contract_id = contract.id.clone();
        let limits = if contract.in_network { Some(plan.in_network) } else { plan.out_of_network };
        let limits = limits.ok_or_else(|| Denial::out_of_network(plan))?;
        checks::timely_filing(request, plan, contract, &mut decision.reasons)?;
        let others = other_payers(claim, span, plan)?;
        decision.is_secondary = others.is_some();
        Ok(Some(Judge { payer, request, plan, contract, limits, member, others, day }))
    }

    fn facts(&self, line: &'a Line) -> LineFacts<'a> {
        line_facts(self.request.claim, line, self.contract, self.day)
    }

    /// Judges every line in order.
    fn lines(&self, decision: &mut Decision) {
        let claim = self.request.claim;
        let mut denials = checks::line_denials(self.request, &mut decision.reasons);
        let mut benefits: Vec<Option<&'a Benefit>> = Vec::with_capacity(claim.lines.len());
        let mut priced: Vec<PricedLine<'a>> = Vec::with_capacity(claim.lines.len());
        for ((line, number), denial) in claim.lines.iter().zip(1u32..).zip(&mut denials) {
            let facts = self.facts(line);
            let benefit = self.plan.benefits.iter().find(|benefit| benefit.matches(&facts));
            if denial.is_none() {
                *denial = self.benefit_denial(benefit, number, &mut decision.reasons);
            }
            if denial.is_none() {
                priced.push(PricedLine { number, line, facts });
            }
            benefits.push(benefit);
        }
        let pricing = Pricing { rates: self.payer.rates, contract: self.contract, claim };
        let ClaimPrice { lines: prices, steps, drg } = pricing.price(&priced);
        decision.trace.extend(steps);
        decision.drg = drg;
        let judged = Judged { denials, benefits, priced, prices };
        self.settle(judged, decision);
    }

    /// Denial or pend by the benefit: not covered, or without an authorization.
    fn benefit_denial(
        &self,
        benefit: Option<&Benefit>,
        number: u32,
        reasons: &mut Vec<Reason>,
    ) -> Option<Denial> {
        let Some(benefit) = benefit.filter(|benefit| benefit.covered) else {
            let rule = benefit.map_or(&self.plan.rule, |benefit| &benefit.rule);
            return Some(Denial::not_covered(rule));
        };
        if self.request.claim.prior_authorization().is_some() {
            return None;
        }
        match benefit.authorization {
            Authorization::None => None,
            Authorization::Deny => Some(Denial::no_authorization(benefit)),
            Authorization::Pend => {
                let message = format!("benefit `{}` needs an authorization", benefit.id);
                reasons.push(checks::reason("ADJ-authorization", Some(number), message));
                None
            }
        }
    }

    /// Turns prices and denials into the money of each line, in the order of the claim.
    fn settle(&self, judged: Judged<'a>, decision: &mut Decision) {
        let facts = BenefitFacts {
            plan: self.plan,
            limits: self.limits,
            member: self.member,
            in_network: self.contract.in_network,
            day: self.day,
        };
        let accumulators = self.payer.accumulators;
        let mut year = BenefitYear::open(&facts, accumulators, decision.reversal.as_ref());
        let mut prices = judged.priced.iter().zip(judged.prices);
        let lines = self.request.claim.lines.iter().zip(1u32..);
        let verdicts = judged.denials.iter().zip(&judged.benefits);
        for (at, ((line, number), (denial, benefit))) in lines.zip(verdicts).enumerate() {
            let result = match (denial, prices_unless(denial, &mut prices), benefit) {
                (Some(denial), _, _) => denied_line(number, line, denial, &mut decision.trace),
                (None, Some((priced, Ok(price))), Some(benefit)) => {
                    let inputs = LineInputs {
                        priced,
                        price: &price,
                        benefit,
                        plan: self.plan,
                        contract: self.contract,
                        other: self.others.as_ref().and_then(|all| all.get(at)).copied(),
                    };
                    decide_line(&inputs, &mut year, &mut decision.trace)
                }
                (None, Some((_, Err(Stop::Deny { group, reason }))), _) => {
                    let denial = Denial::by_price(group, &reason, &self.contract.rule);
                    denied_line(number, line, &denial, &mut decision.trace)
                }
                (None, Some((_, Err(Stop::Pend { code, message }))), _) => {
                    decision.reasons.push(checks::reason(code, Some(number), message));
                    undecided_line(number, line)
                }
                // A line with a price has a benefit, and one without a denial has a price.
                (None, _, _) => undecided_line(number, line),
            };
            decision.lines.push(result);
        }
        decision.accumulator_changes = year.changes();
    }
}

/// What was found out about the lines before money; prices are those of the priced lines.
struct Judged<'a> {
    denials: Vec<Option<Denial>>,
    benefits: Vec<Option<&'a Benefit>>,
    priced: Vec<PricedLine<'a>>,
    prices: Vec<Result<LinePrice, Stop>>,
}

/// The next price, which belongs to the next line that was not denied.
fn prices_unless<T>(denial: &Option<Denial>, prices: &mut impl Iterator<Item = T>) -> Option<T> {
    if denial.is_some() { None } else { prices.next() }
}

/// The member and coverage of the patient on the day, or the denial that follows.
fn eligible<'a>(
    members: &'a Members,
    claim: &Claim,
    day: Date,
    decision: &mut Decision,
) -> Result<(&'a Member, &'a CoverageSpan), Denial> {
    match members.eligibility(claim, day) {
        Eligibility::Covered(member, span) => Ok((member, span)),
        Eligibility::NotIdentified => {
            decision.patient_identified = false;
            Err(Denial::not_identified())
        }
        Eligibility::BeforeCoverage(_) => Err(Denial::before_coverage()),
        Eligibility::AfterCoverage(_) => Err(Denial::after_coverage()),
    }
}

/// What payers before this one did; a denial when one should have paid and the claim is silent.
fn other_payers(
    claim: &Claim,
    span: &CoverageSpan,
    plan: &Plan,
) -> Result<Option<Vec<OtherPayerLine>>, Denial> {
    let expected = span.other.as_ref().is_some_and(|other| other.is_primary);
    if !expected && !coordination::is_secondary(claim) {
        return Ok(None);
    }
    match coordination::other_payer_lines(claim) {
        Some(lines) => Ok(Some(lines)),
        None => Err(Denial::other_payer_first(plan)),
    }
}

fn deny_all(claim: &Claim, denial: &Denial, decision: &mut Decision) {
    for (line, number) in claim.lines.iter().zip(1u32..) {
        let denied = denied_line(number, line, denial, &mut decision.trace);
        decision.lines.push(denied);
    }
    decision.reasons.push(checks::reason(denial.code, None, denial.message.to_owned()));
    decision.state = DecisionState::Denied;
    total(decision);
}

impl Decision {
    /// Leaves every line of the claim undecided, for a named person: also those of a claim that
    /// waits and that rules would return by now.
    pub fn wait_for_person(&mut self, claim: &Claim) {
        let lines = claim.lines.iter().zip(1u32..);
        self.lines = lines.map(|(line, number)| undecided_line(number, line)).collect();
        self.state = DecisionState::Pended;
        total(self);
    }
}

/// Sums the lines into the claim.
pub(crate) fn total(decision: &mut Decision) {
    let sum = |amount: fn(&LineDecision) -> Cents| decision.lines.iter().map(amount).sum::<Cents>();
    let (allowed, paid) = (sum(|line| line.allowed_cents), sum(|line| line.paid_cents));
    let withhold = sum(|line| line.withhold_cents);
    let mut patient = crate::decision::PatientShare::default();
    for line in &decision.lines {
        assert_eq!(line.balance(), line.paid_cents, "a line balances: charge less CAS is paid");
        patient.add(&line.patient);
    }
    decision.allowed_cents = allowed;
    decision.paid_cents = paid;
    decision.withhold_cents = withhold;
    decision.patient = patient;
}

fn finish(decision: &mut Decision) {
    total(decision);
    let denied = decision.lines.iter().all(|line| line.state == LineState::Denied);
    let pends = decision.reasons.iter().any(|reason| !reason.code.starts_with("DENY-"));
    decision.state = match (pends, denied) {
        (true, _) => DecisionState::Pended,
        (false, true) => DecisionState::Denied,
        (false, false) => DecisionState::Approved,
    };
}

/// What terms and benefits look at on a line; `day` is that of a line without dates.
pub(crate) fn line_facts<'a>(
    claim: &'a Claim,
    line: &'a Line,
    contract: &Contract,
    day: Date,
) -> LineFacts<'a> {
    let own_place = claim.kind == ClaimKind::Professional && !line.place_of_service.is_empty();
    let facility = &claim.bill_type.facility_code;
    LineFacts {
        claim_kind: claim.kind,
        facility_code: if own_place { &line.place_of_service } else { facility },
        procedure: line.procedure_code(),
        modifiers: line.modifiers(),
        revenue_code: &line.revenue_code,
        principal_diagnosis: claim.diagnoses.first().map_or("", |one| one.code.as_str()),
        drg: stated_drg(&claim.coded_values),
        in_network: contract.in_network,
        day: line.service_dates().map_or(day, |range| range.from),
    }
}
