//! The payment order of an 835 (BPR, TRN) and the balance of the whole transaction set.

use super::total::{Dollars, Total};
use super::{RemittanceRules, stricter};
use crate::Located;
use counterfoil_base::{Cents, Date, Finding, MoneyError, Position, parse_ccyymmdd};

/// A CCD+ addenda record carries at most 80 characters of payment information (NACHA
/// Operating Rules, appendix three), and CORE rule 370 wants the whole TRN in it.
const ADDENDA_BYTES_MAX: usize = 80;

/// What is remembered of the header until the transaction set ends.
#[derive(Debug, Default)]
pub(super) struct PaymentOrder {
    amount: Option<Cents>,
    /// BPR02 has more digits than an amount can hold.
    is_amount_too_large: bool,
    amount_position: Option<Position>,
    is_ccd_plus: bool,
    is_ctx_payment: bool,
    format_position: Option<Position>,
    /// BPR10 and BPR11.
    originator: Vec<u8>,
    originator_supplement: Vec<u8>,
    production_date: Option<Date>,
    trace: Option<Trace>,
}

/// TRN of the header.
#[derive(Debug)]
struct Trace {
    /// TRN02, TRN03, TRN04.
    parts: [Vec<u8>; 3],
    positions: [Position; 3],
    bytes: usize,
}

impl PaymentOrder {
    pub(super) fn read<'a>(segments: impl Iterator<Item = Located<'a>>) -> PaymentOrder {
        let mut order = PaymentOrder::default();
        for located in segments {
            let segment = located.segment;
            match segment.id() {
                "BPR" if order.amount_position.is_none() => {
                    let paid = Cents::parse_bytes(segment.element(2));
                    order.is_amount_too_large = paid == Err(MoneyError::TooLarge);
                    order.amount = paid.ok();
                    order.amount_position = Some(located.position(2, 0));
                    let is_ach = segment.element(4) == b"ACH";
                    order.is_ccd_plus = is_ach && segment.element(5) == b"CCP";
                    order.is_ctx_payment = is_ach && segment.element(5) == b"CTX";
                    order.format_position = Some(located.position(5, 0));
                    order.originator = segment.element(10).to_vec();
                    order.originator_supplement = segment.element(11).to_vec();
                }
                "TRN" if order.trace.is_none() => {
                    order.trace = Some(Trace {
                        parts: [2, 3, 4].map(|n| segment.element(n).to_vec()),
                        positions: [2, 3, 4].map(|n| located.position(n, 0)),
                        bytes: segment.bytes().len(),
                    });
                }
                "DTM" if segment.element(1) == b"405" => {
                    order.production_date = parse_ccyymmdd(segment.element(2));
                }
                _ => {}
            }
        }
        order
    }

    pub(super) fn production_date(&self) -> Option<Date> {
        self.production_date
    }

    pub(super) fn check(&self, rules: &mut RemittanceRules, findings: &mut Vec<Finding>) {
        if let (true, Some(position)) = (self.is_amount_too_large, &self.amount_position) {
            findings.push(
                Finding::error(
                    "835-3-payment-too-large",
                    3,
                    "The payment amount has more digits than an amount can hold",
                )
                .at(position.clone())
                .because("Amounts stay below ten trillion dollars, so that sums are exact")
                .fix("Correct BPR02; it must equal the claim payments less the PLB amounts"),
            );
        }
        if let (true, Some(position)) = (self.is_ctx_payment, &self.format_position) {
            findings.push(
                Finding::warning(
                    "835-7-payment-format",
                    7,
                    "The ACH payment is not a CCD+ payment",
                )
                .at(position.clone())
                .because("The adopted format of a health care EFT is CCD+ (45 CFR 162.1602)")
                .fix("Pay by CCD+ and send CCP in BPR05"),
            );
        }
        let Some(trace) = &self.trace else { return };
        self.check_trace(trace, rules.is_strict, findings);
        let [number, payer, _] = &trace.parts;
        if !number.is_empty() && !rules.traces.insert((payer.clone(), number.clone())) {
            findings.push(
                Finding::error(
                    "835-4-duplicate-trace",
                    4,
                    "An earlier remittance of this file has the same trace number and payer",
                )
                .at(trace.positions[0].clone())
                .because("The trace number ties one remittance to one payment")
                .fix("Give every payment its own number in TRN02"),
            );
        }
    }

    fn check_trace(&self, trace: &Trace, is_strict: bool, findings: &mut Vec<Finding>) {
        let [_, payer, supplement] = &trace.parts;
        let pairs = [
            (1, "835-4-trace-payer", payer, &self.originator, "TRN03", "BPR10"),
            (
                2,
                "835-4-trace-supplement",
                supplement,
                &self.originator_supplement,
                "TRN04",
                "BPR11",
            ),
        ];
        for (part, code, in_trace, in_order, trace_name, order_name) in pairs {
            if in_trace.is_empty() || in_order.is_empty() || in_trace == in_order {
                continue;
            }
            let message = format!("The payer in {trace_name} is not the one in {order_name}");
            findings.push(
                stricter(is_strict, code, 4, message)
                    .at(trace.positions[part].clone())
                    .because("Payment order and trace name the same originator of the payment")
                    .fix(format!("Send the same value in {trace_name} and {order_name}")),
            );
        }
        if payer.first().is_some_and(|first| *first != b'1') {
            findings.push(
                Finding::warning(
                    "835-4-trace-payer-form",
                    4,
                    "The payer identifier of the trace does not begin with 1",
                )
                .at(trace.positions[1].clone())
                .because("TRN03 is the digit 1 and the payer's tax identification number")
                .fix("Send 1 and the nine digits of the tax number"),
            );
        }
        // The record ends with the segment terminator, so it counts too.
        if self.is_ccd_plus && trace.bytes + 1 > ADDENDA_BYTES_MAX {
            let message = format!(
                "The trace segment has {} characters but the bank record takes {ADDENDA_BYTES_MAX}",
                trace.bytes + 1
            );
            findings.push(
                stricter(is_strict, "835-7-trace-too-long", 7, message)
                    .at(trace.positions[0].clone())
                    .because("The addenda record of a CCD+ payment repeats the whole TRN segment")
                    .fix("Use a shorter trace number"),
            );
        }
    }

    /// Sum of the claims' payments less the provider-level adjustments is what is paid.
    pub(super) fn check_balance(&self, claims: Total, plb: Total, findings: &mut Vec<Finding>) {
        let (Some(paid), Some(position)) = (self.amount, &self.amount_position) else { return };
        let (Some(claims), Some(plb)) = (claims.cents(), plb.cents()) else { return };
        let paid = i128::from(paid.0);
        let expected = claims - plb;
        if expected == paid {
            return;
        }
        let message = format!(
            "Claims paid {} less provider adjustments {} make {} but the payment is {}: \
             difference {}",
            Dollars(claims),
            Dollars(plb),
            Dollars(expected),
            Dollars(paid),
            Dollars(paid - expected)
        );
        findings.push(
            Finding::error("835-3-transaction-balance", 3, message)
                .at(position.clone())
                .because("Sum of CLP04 less sum of PLB amounts is BPR02 (section 1.10.2.1.3)")
                .fix("Correct BPR02, the claim payments or the PLB amounts"),
        );
    }
}
