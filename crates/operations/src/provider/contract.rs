//! Payments held against the contract: what each line should have been allowed.

use super::ledger::StoreReceivables;
use crate::error::OperationsError;
use crate::intake::read_kept;
use counterfoil_adjudicate::{NoContractPrice, Rates, Step, price_by_contract};
use counterfoil_base::{Cents, Decimal, Explained, Finding, Position, Rounding, Text};
use counterfoil_claim::{Claim, RemittanceAdvice, RemittanceClaim, RemittanceLine};
use counterfoil_integrity::CleanClaimEngine;
use counterfoil_ledger::AdjustmentClass;
use counterfoil_remit::PostingRules;
use counterfoil_store::Transaction;
use std::sync::Arc;

/// The reason of what other payers took over (CAS group OA).
const OTHER_PAYER: &str = "23";
const NOT_BOOKED: [&str; 2] = [
    "The receivable was booked without its 837.",
    "Book claims with `claim check --book`; compare this payment with the contract by hand.",
];
const NO_TERM: [&str; 2] = [
    "No term of the contract prices the line without a person.",
    "Compare this line with the contract by hand, or add its term to the rates.",
];

/// What payments are held against.
#[derive(Clone, Copy)]
pub struct ContractDesk<'a> {
    /// The contract's rates.
    pub rates: &'a Rates,
    /// Reads the claims as they were sent.
    pub engine: &'a Arc<CleanClaimEngine>,
}

/// A line that came to less than the contract says.
#[derive(Clone, Debug)]
pub struct UnderpaidLine {
    /// CLP01.
    pub claim: Text,
    /// 1-based line of the claim.
    pub line: u32,
    /// The contract.
    pub contract_id: Text,
    /// Allowed by the contract.
    pub expected_cents: Cents,
    /// Paid by the payer, the patient's share, what other payers took over, and what was
    /// withheld as far as the contract lets the payer: what the line came to.
    pub allowed_cents: Cents,
    /// Paid by the payer (SVC03).
    pub paid_cents: Cents,
    /// The patient's share (CAS group PR).
    pub patient_cents: Cents,
    /// Taken over by other payers (CAS OA-23).
    pub other_payers_cents: Cents,
    /// Withheld by the 835 (CAS 104), and how much of it the contract allows.
    pub withheld_cents: [Cents; 2],
    /// Expected less allowed.
    pub difference_cents: Cents,
    /// How the expected amount came about, step by step.
    pub explained: Vec<Explained<Cents>>,
}

/// What holding an 835 against the contract found.
#[derive(Clone, Debug, Default)]
pub struct ContractCheck {
    /// Lines of which less was allowed than the contract says.
    pub underpaid: Vec<UnderpaidLine>,
    /// Lines that were held against the contract.
    pub lines: u64,
    /// Claims that could not be held against it, and amounts that contradict each other.
    pub findings: Vec<Finding>,
}

/// Holds every payment of an 835 against the contract, line by line.
///
/// The claim is read as it was sent, so that units, modifiers, place and day are those that
/// were billed. A line is judged by its money: what was paid, the patient's share, what other
/// payers took over, and what the contract lets the payer withhold make the allowed amount. AMT
/// B6 is information; where it contradicts the adjustments a finding says so. Lines that are
/// denied as a whole are no matter of rates.
pub fn check_contract(
    transaction: &Transaction<'_>,
    advice: &RemittanceAdvice,
    desk: &ContractDesk<'_>,
) -> Result<ContractCheck, OperationsError> {
    let receivables = StoreReceivables::new(transaction, advice)?;
    let mut check = ContractCheck::default();
    for answer in &advice.claims {
        let is_payment =
            matches!(answer.status_code.as_str(), "1" | "2" | "3" | "19" | "20" | "21");
        let rows = if is_payment { receivables.rows(answer)? } else { Vec::new() };
        let same = |charge: &Cents| *charge == answer.charge_cents;
        let Some(row) = rows.iter().rev().find(|row| same(&row.charge_cents)) else { continue };
        let sent = read_kept(row.claim_segments.expose(), desk.engine);
        match sent {
            Some((claim, _)) => check.claim(&claim, answer, desk.rates),
            None => {
                check.findings.push(not_judged(answer, NOT_BOOKED));
            }
        }
    }
    receivables.finish()?;
    Ok(check)
}

impl ContractCheck {
    fn claim(&mut self, claim: &Claim, answer: &RemittanceClaim, rates: &Rates) {
        let price = match price_by_contract(rates, claim) {
            Ok(price) => price,
            Err(why) => return self.findings.push(not_judged(answer, cause_of(why))),
        };
        let rules = PostingRules::default();
        for (index, said) in answer.lines.iter().enumerate() {
            let Some(at) = billed_line(claim, said, index) else { continue };
            let Some(expected_cents) = price.allowed_cents.get(at).copied().flatten() else {
                self.findings.push(not_judged(answer, NO_TERM));
                continue;
            };
            let Some(money) = LineMoney::of(said, &rules) else { continue };
            self.findings.extend(money.stated_otherwise(answer, said));
            let allowed = money.allowed(expected_cents, price.withhold);
            let Some((may_withhold, allowed_cents)) = allowed else { continue };
            self.lines += 1;
            let difference = expected_cents.checked_sub(allowed_cents);
            let Some(difference_cents) = difference.filter(|one| *one > Cents::ZERO) else {
                continue;
            };
            let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
            let of_line = |step: &&Step| step.line.is_none_or(|one| one == line);
            self.underpaid.push(UnderpaidLine {
                claim: answer.patient_control_number.clone(),
                line,
                contract_id: price.contract_id.clone(),
                expected_cents,
                allowed_cents,
                paid_cents: said.paid_cents,
                patient_cents: money.patient,
                other_payers_cents: money.other_payers,
                withheld_cents: [money.withheld, may_withhold],
                difference_cents,
                explained: price.steps.iter().filter(of_line).map(Step::explain).collect(),
            });
        }
    }
}

/// The position of the billed line that a line of the 835 answers: by its control number (REF
/// 6R), else by its place.
fn billed_line(claim: &Claim, said: &RemittanceLine, index: usize) -> Option<usize> {
    let control = said.references.iter().find(|reference| reference.qualifier == "6R");
    let by_control = control.and_then(|reference| {
        let number = Some(reference.value.as_str());
        claim.lines.iter().position(|line| line.control_number() == number)
    });
    by_control.or_else(|| (index < claim.lines.len()).then_some(index))
}

/// Where the charge of a line went, by its adjustments.
struct LineMoney {
    paid: Cents,
    patient: Cents,
    other_payers: Cents,
    withheld: Cents,
    /// Charge less the reductions of groups CO and PI but the withhold: what AMT B6 repeats.
    unreduced: Cents,
}

impl LineMoney {
    /// Nothing for a line that is denied as a whole, or that cannot be added up.
    fn of(line: &RemittanceLine, rules: &PostingRules) -> Option<LineMoney> {
        let mut money = LineMoney {
            paid: line.paid_cents,
            patient: Cents::ZERO,
            other_payers: Cents::ZERO,
            withheld: Cents::ZERO,
            unreduced: line.charge_cents,
        };
        for adjustment in &line.adjustments {
            let class = rules.class_of(adjustment);
            let cents = adjustment.amount_cents;
            if class == AdjustmentClass::Denied && cents == line.charge_cents {
                return None;
            }
            let add = |sum: Cents| sum.checked_add(cents);
            match class {
                AdjustmentClass::PatientResponsibility => money.patient = add(money.patient)?,
                AdjustmentClass::Withheld => money.withheld = add(money.withheld)?,
                AdjustmentClass::Other if adjustment.reason == OTHER_PAYER => {
                    money.other_payers = add(money.other_payers)?;
                }
                AdjustmentClass::Other => {}
                AdjustmentClass::Contractual | AdjustmentClass::Denied => {
                    money.unreduced = money.unreduced.checked_sub(cents)?;
                }
            }
        }
        Some(money)
    }

    /// What the contract lets the payer withhold, and what the line came to. The withhold is a
    /// part of the payment that the contract expects, so that paying less withholds no less.
    fn allowed(&self, expected: Cents, withhold: Decimal) -> Option<(Cents, Cents)> {
        let payment = expected.checked_sub(self.patient)?.checked_sub(self.other_payers)?;
        let share = payment.max(Cents::ZERO).times(withhold, Rounding::HalfUp);
        let may_withhold = share.min(self.withheld);
        let parts = [self.paid, self.patient, self.other_payers, may_withhold];
        let sum = parts.into_iter().try_fold(Cents::ZERO, Cents::checked_add)?;
        Some((may_withhold, sum))
    }

    /// Names an AMT B6 that is not what the adjustments leave.
    fn stated_otherwise(&self, answer: &RemittanceClaim, line: &RemittanceLine) -> Option<Finding> {
        let stated = line.amounts.iter().find(|amount| amount.qualifier == "B6")?.amount_cents;
        if stated == self.unreduced {
            return None;
        }
        let (claim, left) = (&answer.patient_control_number, self.unreduced);
        let message = format!(
            "Claim {claim}: the allowed amount (AMT B6) is {stated}, but the charge less CO and PI \
             adjustments is {left}."
        );
        let finding = Finding::warning("OPS-7-allowed-amount-differs", 7, message)
            .at(at_claim(answer))
            .because("AMT B6 is information; a payment is judged by its adjustments (CAS).")
            .fix("Ask the payer which is right; the line is held against the contract by its CAS.");
        Some(finding)
    }
}

/// Why, and what to do.
fn cause_of(why: NoContractPrice) -> [&'static str; 2] {
    match why {
        NoContractPrice::NoDay => [
            "The claim has no day of service.",
            "Compare this payment with the contract by hand, and correct the claim.",
        ],
        NoContractPrice::NoContract => [
            "No contract of the rates names the billing provider.",
            "Name with `--rates` the folder with this provider's contract on the day of service.",
        ],
        NoContractPrice::SeveralContracts => [
            "The rates hold several contracts of the provider, and the member's plan is not known.",
            "Name with `--rates` a folder that holds the contract of this plan alone.",
        ],
    }
}

fn not_judged(answer: &RemittanceClaim, [cause, fix]: [&str; 2]) -> Finding {
    let claim = &answer.patient_control_number;
    let message = format!("The payment of claim {claim} cannot be held against the contract.");
    Finding::note("OPS-7-contract-not-judged", 7, message)
        .at(at_claim(answer))
        .because(cause)
        .fix(fix)
}

fn at_claim(answer: &RemittanceClaim) -> Position {
    Position {
        segment: (answer.segment > 0).then_some(answer.segment),
        segment_id: "CLP".to_owned(),
        loop_path: "2000/2100".to_owned(),
        ..Position::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_claim::{Adjustment, AdjustmentGroup, Amount};

    /// A line charged 200.00 for which the contract allows 115.00 and withholds 2 %.
    fn line(paid: i64, b6: i64, adjustments: &[(AdjustmentGroup, &str, i64)]) -> RemittanceLine {
        let adjustment = |(group, reason, cents): &(AdjustmentGroup, &str, i64)| Adjustment {
            group: *group,
            reason: Text::from(*reason),
            amount_cents: Cents(*cents),
            ..Adjustment::default()
        };
        RemittanceLine {
            charge_cents: Cents(20_000),
            paid_cents: Cents(paid),
            adjustments: adjustments.iter().map(adjustment).collect(),
            amounts: vec![Amount { qualifier: Text::from("B6"), amount_cents: Cents(b6) }],
            ..RemittanceLine::default()
        }
    }

    #[test]
    fn a_line_is_judged_by_its_money_not_by_what_it_says_is_allowed() {
        use AdjustmentGroup::{ContractualObligation, OtherAdjustment, PatientResponsibility};
        let (agreed, denied) = (ContractualObligation, (ContractualObligation, "197", 20_000));
        let co = |cents| (agreed, "45", cents);
        let (copay, held) = ((PatientResponsibility, "3", 2_500), (agreed, "104", 180));
        for (line, came_to, is_contradicted) in [
            (line(8_820, 11_500, &[co(8_500), copay, held]), Some((180, 11_500)), false),
            (line(7_820, 11_500, &[co(9_500), copay, held]), Some((180, 10_500)), true),
            (line(7_820, 10_500, &[co(9_500), copay, held]), Some((180, 10_500)), false),
            (
                line(7_820, 11_500, &[co(8_500), copay, (agreed, "104", 1_180)]),
                Some((180, 10_500)),
                false,
            ),
            (
                line(
                    3_920,
                    11_500,
                    &[co(8_500), copay, (OtherAdjustment, "23", 5_000), (agreed, "104", 80)],
                ),
                Some((80, 11_500)),
                false,
            ),
            (line(0, 0, &[denied]), None, false),
        ] {
            let money = LineMoney::of(&line, &PostingRules::default());
            let two_percent = Decimal::from_cents(Cents(2));
            let came = money.as_ref().and_then(|one| one.allowed(Cents(11_500), two_percent));
            assert_eq!(came, came_to.map(|(held, sum)| (Cents(held), Cents(sum))), "{line:?}");
            let answer = RemittanceClaim::default();
            let said = money.and_then(|one| one.stated_otherwise(&answer, &line));
            assert_eq!(said.is_some(), is_contradicted, "{line:?}");
        }
    }
}
