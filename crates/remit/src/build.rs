//! Building the 835 of one payment to one payee, with the balancing rules enforced.

use crate::balance::{check_balance, sum};
use counterfoil_base::{Cents, Date, Finding, Text};
use counterfoil_claim::{
    Party, PaymentHeader, ProviderAdjustment, RemittanceAdvice, RemittanceClaim,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// What one payment to one payee is built from.
#[derive(Clone, Debug, Default)]
pub struct RemittanceRequest {
    /// How it is paid when there is something to pay: BPR04 to BPR16 and TRN.
    ///
    /// The trace number (TRN02) is the caller's; BPR01, BPR02 and BPR03 are computed.
    pub payment: PaymentHeader,
    /// DTM 405.
    pub production_date: Option<Date>,
    /// 1000A.
    pub payer: Party,
    /// 1000B.
    pub payee: Party,
    /// Decided claims in the order in which they are reported; a reversal stands before its
    /// correction.
    pub claims: Vec<RemittanceClaim>,
    /// Interest, withhold, recoupment, forward balances of earlier payments.
    pub adjustments: Vec<ProviderAdjustment>,
    /// PLB01 of an adjustment that the builder must add: the payee's identifier.
    pub provider_id: Text,
    /// PLB02 of an adjustment that the builder must add, CCYYMMDD.
    pub fiscal_period: Text,
}

/// A balanced remittance advice, and what the next one must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltRemittance {
    /// The 835.
    pub advice: RemittanceAdvice,
    /// The positive FB adjustment for the next payment when this one came out negative.
    pub carried_forward: Option<ProviderAdjustment>,
}

/// Builds the remittance advice of one payment, or says why its money does not add up.
///
/// BPR02 is the sum of the claim payments less the provider-level adjustments. A negative net
/// is carried: a negative FB brings this payment to zero, and the same amount, positive, is
/// returned for the next one (005010X221A1 section 1.10.2.12). A payment of nothing is sent as
/// notification only (BPR01 `H`, BPR04 `NON`).
///
/// # Errors
/// Findings for a missing trace, payer identifier or date, for a correction before its reversal
/// and for money that does not balance; nothing is built then.
pub fn build_remittance(request: RemittanceRequest) -> Result<BuiltRemittance, Vec<Finding>> {
    let mut findings = check_request(&request);
    let RemittanceRequest { payment, payer, payee, claims, mut adjustments, .. } = request;
    let paid = sum(claims.iter().map(|claim| claim.paid_cents));
    let adjusted = sum(adjustments.iter().map(|adjustment| adjustment.amount_cents));
    let Some(net) = paid.zip(adjusted).and_then(|(paid, plb)| paid.checked_sub(plb)) else {
        findings.push(
            Finding::error("835-3-amount-too-large", 3, "The payment is too large to add up.")
                .because("An amount leaves the range of money.")
                .fix("Check the claim payments and provider-level adjustments."),
        );
        return Err(findings);
    };
    let carried_forward = net.is_negative().then(|| {
        let carried = |amount_cents| ProviderAdjustment {
            provider_id: request.provider_id.clone(),
            fiscal_period: request.fiscal_period.clone(),
            reason: Text::const_new("FB"),
            reference: payment.trace_number.clone(),
            amount_cents,
        };
        adjustments.push(carried(net));
        carried(-net)
    });
    let advice = RemittanceAdvice {
        payment: payment_header(payment, if net.is_negative() { Cents::ZERO } else { net }),
        production_date: request.production_date,
        payer,
        payee,
        claims,
        provider_adjustments: adjustments,
        ..RemittanceAdvice::default()
    };
    findings.extend(check_balance(&advice));
    if findings.iter().any(Finding::is_error) {
        return Err(findings);
    }
    Ok(BuiltRemittance { advice, carried_forward })
}

/// Checks that the payments of one file can be told apart: no trace number stands twice.
#[must_use]
pub fn check_traces(advices: &[RemittanceAdvice]) -> Vec<Finding> {
    let mut seen = FxHashSet::default();
    let mut findings = Vec::new();
    for advice in advices {
        let payment = &advice.payment;
        if !seen.insert((&payment.payer_identifier, &payment.trace_number)) {
            let message = format!("Trace number {} stands twice.", payment.trace_number);
            findings.push(
                Finding::error("835-7-trace-repeated", 7, message)
                    .because("The trace number ties one 835 to one payment (CORE 370).")
                    .fix("Give every payment a trace number of its own."),
            );
        }
    }
    findings
}

fn payment_header(payment: PaymentHeader, amount_cents: Cents) -> PaymentHeader {
    let credit_debit = Text::const_new("C");
    if !amount_cents.is_zero() {
        let handling = Text::const_new("I");
        return PaymentHeader { handling, amount_cents, credit_debit, ..payment };
    }
    // Nothing moves, so no bank details are sent.
    PaymentHeader {
        handling: Text::const_new("H"),
        amount_cents,
        credit_debit,
        method: Text::const_new("NON"),
        effective_date: payment.effective_date,
        trace_number: payment.trace_number,
        payer_identifier: payment.payer_identifier,
        originator_supplement: payment.originator_supplement,
        ..PaymentHeader::default()
    }
}

fn check_request(request: &RemittanceRequest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = |code, what: &str| {
        Finding::error(code, 2, format!("The payment has no {what}."))
            .because("Without it the payee cannot tie the 835 to the payment (CORE 370).")
            .fix(format!("Give the payment its {what}."))
    };
    if request.payment.trace_number.is_empty() {
        findings.push(missing("835-2-trace-missing", "trace number (TRN02)"));
    }
    if request.payment.payer_identifier.is_empty() {
        findings.push(missing("835-2-payer-identifier-missing", "payer identifier (TRN03)"));
    }
    if request.payment.effective_date.is_none() {
        findings.push(missing("835-2-date-missing", "effective date (BPR16)"));
    }
    let mut answered: FxHashMap<&str, bool> = FxHashMap::default();
    for claim in &request.claims {
        let reversal = claim.status_code == "22";
        let number = claim.payer_claim_control_number.as_str();
        let corrected = answered.insert(number, reversal);
        if reversal && corrected == Some(false) && !number.is_empty() {
            findings.push(
                Finding::error(
                    "835-4-reversal-after-correction",
                    4,
                    format!("Claim {number} is reported before its reversal."),
                )
                .because("A reversal stands before the corrected claim (005010X221A1, 1.10.2.8).")
                .fix("Put the reversal first."),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_claim::{Adjustment, AdjustmentGroup, RemittanceLine};

    fn claim(number: &str, charge: i64, contractual: i64, patient: i64) -> RemittanceClaim {
        let adjusted = |group, reason: &'static str, cents| Adjustment {
            group,
            reason: Text::const_new(reason),
            amount_cents: Cents(cents),
            quantity: None,
        };
        let line = RemittanceLine {
            charge_cents: Cents(charge),
            paid_cents: Cents(charge - contractual - patient),
            adjustments: vec![
                adjusted(AdjustmentGroup::ContractualObligation, "45", contractual),
                adjusted(AdjustmentGroup::PatientResponsibility, "3", patient),
            ],
            ..RemittanceLine::default()
        };
        RemittanceClaim {
            patient_control_number: Text::from(number),
            payer_claim_control_number: Text::from(format!("K{number}")),
            status_code: Text::const_new("1"),
            charge_cents: Cents(charge),
            paid_cents: Cents(charge - contractual - patient),
            patient_responsibility_cents: Cents(patient),
            lines: vec![line],
            ..RemittanceClaim::default()
        }
    }

    fn plb(reason: &'static str, reference: &'static str, cents: i64) -> ProviderAdjustment {
        ProviderAdjustment {
            provider_id: Text::const_new("1999999984"),
            fiscal_period: Text::const_new("20261231"),
            reason: Text::const_new(reason),
            reference: Text::const_new(reference),
            amount_cents: Cents(cents),
        }
    }

    fn request(
        claims: Vec<RemittanceClaim>,
        adjustments: Vec<ProviderAdjustment>,
    ) -> RemittanceRequest {
        RemittanceRequest {
            payment: PaymentHeader {
                method: Text::const_new("ACH"),
                format: Text::const_new("CCP"),
                effective_date: Date::new(2026, 3, 31).ok(),
                trace_number: Text::const_new("T1"),
                payer_identifier: Text::const_new("1512345678"),
                payee_routing: Text::const_new("231380104"),
                ..PaymentHeader::default()
            },
            claims,
            adjustments,
            provider_id: Text::const_new("1999999984"),
            fiscal_period: Text::const_new("20261231"),
            ..RemittanceRequest::default()
        }
    }

    fn codes(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.code.as_ref()).collect()
    }

    #[test]
    fn the_payment_is_claims_less_provider_adjustments() {
        for (adjustments, paid, carried) in [
            (vec![], 17_000, None),
            (vec![plb("L6", "T1", -125)], 17_125, None),
            (vec![plb("WO", "KC9", 7_000), plb("E3", "2026", 100)], 9_900, None),
            (vec![plb("WO", "KC9", 17_000)], 0, None),
            (vec![plb("WO", "KC9", 20_000)], 0, Some(3_000)),
        ] {
            let claims = vec![claim("C1", 10_000, 1_000, 1_000), claim("C2", 10_000, 1_000, 0)];
            let built = build_remittance(request(claims, adjustments)).unwrap();
            let payment = &built.advice.payment;
            assert_eq!(payment.amount_cents, Cents(paid));
            let next = built.carried_forward.map(|plb| (plb.reason, plb.amount_cents.0));
            assert_eq!(next, carried.map(|cents| (Text::const_new("FB"), cents)));
            let zero = paid == 0;
            assert_eq!(payment.handling, if zero { "H" } else { "I" });
            assert_eq!(payment.method, if zero { "NON" } else { "ACH" });
            assert_eq!(check_balance(&built.advice), []);
        }
    }

    #[test]
    fn a_negative_payment_is_carried_until_it_is_used_up() {
        let earlier = claim("C1", 10_000, 1_000, 1_000);
        let reversal = earlier.reversal();
        let corrected = claim("C1", 10_000, 6_000, 1_000);
        let first = request(vec![reversal, corrected], vec![]);
        let built = build_remittance(first).unwrap();
        assert_eq!(built.advice.payment.amount_cents, Cents::ZERO);
        let carried = built.carried_forward.unwrap();
        assert_eq!(carried.amount_cents, Cents(5_000));
        let next = request(vec![claim("C2", 9_000, 0, 0)], vec![carried]);
        let built = build_remittance(next).unwrap();
        assert_eq!(built.advice.payment.amount_cents, Cents(4_000));
        assert_eq!(built.carried_forward, None);
    }

    #[test]
    fn money_that_does_not_add_up_is_refused() {
        type Damage = fn(&mut RemittanceRequest);
        let cases: [(Damage, &[&str]); 7] = [
            (|r| r.claims[0].lines[0].paid_cents += Cents(1), &["835-3-line-unbalanced"]),
            (|r| r.claims[0].charge_cents += Cents(1), &["835-3-claim-unbalanced"]),
            (
                |r| r.claims[0].lines[0].adjustments[0].amount_cents += Cents(1),
                &["835-3-line-unbalanced", "835-3-claim-unbalanced"],
            ),
            (|r| r.payment.trace_number = Text::default(), &["835-2-trace-missing"]),
            (|r| r.payment.effective_date = None, &["835-2-date-missing"]),
            (
                |r| r.claims.push(r.claims[0].clone().reversal()),
                &["835-4-reversal-after-correction"],
            ),
            (|r| r.adjustments[0].amount_cents = Cents(i64::MIN), &["835-3-amount-too-large"]),
        ];
        for (damage, expected) in cases {
            let mut request = request(vec![claim("C1", 10_000, 1_000, 0)], vec![plb("L6", "", -1)]);
            damage(&mut request);
            assert_eq!(codes(&build_remittance(request).unwrap_err()), expected);
        }
    }

    #[test]
    fn traces_of_one_file_are_told_apart() {
        let one = build_remittance(request(vec![claim("C1", 10, 0, 0)], vec![])).unwrap().advice;
        let mut two = one.clone();
        assert_eq!(codes(&check_traces(&[one.clone(), two.clone()])), ["835-7-trace-repeated"]);
        two.payment.trace_number = Text::const_new("T2");
        assert_eq!(check_traces(&[one, two]), []);
    }
}
