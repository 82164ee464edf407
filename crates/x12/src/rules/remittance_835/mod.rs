//! What the 835 guide asks that needs arithmetic or memory: the three balances, reversals,
//! patient share, remark codes, dates against each other, and one trace a payment.
//!
//! Rules that only look at which parts are there stand in `guides/835.guide`. Sources: ASC X12N
//! 005010X221A1 section 1.10.2 (balancing, reversal and correction, reassociation), CAQH CORE
//! rules 360 and 370, and the usage notes of the claim adjustment reason codes.

mod adjustment;
mod claim;
mod group;
mod header;
mod total;

use crate::Located;
use counterfoil_base::{Finding, Severity};
use group::ClaimGroup;
use header::PaymentOrder;
use std::collections::BTreeSet;
use total::Total;

/// Follows one file of 835 transaction sets, claim by claim.
///
/// Memory grows by a few bytes a claim of one transaction set (its number, to tell a second
/// answer to the same claim) and by one entry a transaction set of the file (its trace).
#[derive(Debug, Default)]
pub(crate) struct RemittanceRules {
    /// Strict: what a sender must not send is an error even where a receiver can live with it.
    is_strict: bool,
    order: Option<PaymentOrder>,
    group: ClaimGroup,
    claims_paid: Total,
    provider_adjustments: Total,
    /// Claims of this transaction set that were not taken back, by hash of their numbers.
    open_claims: BTreeSet<u64>,
    /// Payer identifier and trace number of the payments of this file.
    traces: BTreeSet<(Vec<u8>, Vec<u8>)>,
}

impl RemittanceRules {
    pub(crate) fn new(is_strict: bool) -> RemittanceRules {
        RemittanceRules { is_strict, ..RemittanceRules::default() }
    }

    /// A transaction set begins: `segments` are those before the first claim.
    pub(crate) fn start<'a>(
        &mut self,
        segments: impl Iterator<Item = Located<'a>>,
        findings: &mut Vec<Finding>,
    ) {
        self.group = ClaimGroup::default();
        self.claims_paid = Total::default();
        self.provider_adjustments = Total::default();
        self.open_claims.clear();
        let order = PaymentOrder::read(segments);
        order.check(self, findings);
        self.order = Some(order);
    }

    /// One claim with its service lines; the segments of its group (LX, TS3) may come first.
    pub(crate) fn claim<'a>(
        &mut self,
        segments: impl Iterator<Item = Located<'a>>,
        findings: &mut Vec<Finding>,
    ) {
        let mut segments = segments.peekable();
        while let Some(before) = segments.next_if(|located| located.segment.id() != "CLP") {
            self.group.take(before, self.is_strict, findings);
        }
        let Some(claim) = claim::Claim::read(segments) else { return };
        self.group.add_claim(claim.charge);
        self.claims_paid.add(claim.paid);
        let production_date = self.order.as_ref().and_then(PaymentOrder::production_date);
        claim.check(self.is_strict, production_date, findings);
        claim.check_repetition(self.is_strict, &mut self.open_claims, findings);
    }

    /// The transaction set ends: `segments` are those after the last claim.
    pub(crate) fn finish<'a>(
        &mut self,
        segments: impl Iterator<Item = Located<'a>>,
        findings: &mut Vec<Finding>,
    ) {
        for located in segments.filter(|located| located.segment.id() == "PLB") {
            self.provider_adjustment(located, findings);
        }
        self.group.close(self.is_strict, findings);
        if let Some(order) = self.order.take() {
            order.check_balance(self.claims_paid, self.provider_adjustments, findings);
        }
    }

    /// Adds up the pairs of a PLB: reason in 03, 05 ... 13 and amount in the element after.
    fn provider_adjustment(&mut self, located: Located<'_>, findings: &mut Vec<Finding>) {
        for element in (4..=14).step_by(2) {
            let text = located.segment.element(element);
            if text.is_empty() && located.segment.element(element - 1).is_empty() {
                continue;
            }
            let amount = total::amount(text);
            self.provider_adjustments.add(amount);
            if amount.is_some_and(counterfoil_base::Cents::is_zero) {
                findings.push(
                    Finding::warning(
                        "835-4-provider-adjustment-zero",
                        4,
                        "A provider-level adjustment of zero changes nothing",
                    )
                    .at(located.position(element, 0))
                    .because("PLB carries money outside the claims; zero carries none")
                    .fix("Leave the pair out"),
                );
            }
        }
    }
}

/// A finding that refuses a file to be sent and is only named on one received.
fn stricter(is_strict: bool, code: &'static str, snip: u8, message: impl Into<String>) -> Finding {
    let severity = if is_strict { Severity::Error } else { Severity::Warning };
    Finding { severity, ..Finding::error(code, snip, message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Segment, SegmentBuffer, SegmentMeta, Separators};

    /// A check with a paid, a reversed and corrected, and a denied claim, and a withhold.
    const VALID: &str = "\
        ST*835*1~BPR*I*120*C*ACH*CCP*01*999999992*DA*1*1512345678**01*999988880*DA*2*20240215~\
        TRN*1*T1*1512345678~DTM*405*20240213~N1*PR*P~N1*PE*Q*FI*123456789~LX*1~\
        TS3*P*11*20241231*4*190~\
        CLP*A*1*150*100*20*12*C1*11*1~NM1*QC*1*DOE~\
        SVC*HC:J1*90*60**1~DTM*472*20240201~CAS*PR*1*20~CAS*CO*45*10~\
        SVC*HC:J2*60*40**1~DTM*150*20240201~DTM*151*20240203~CAS*CO*45*20~\
        CLP*B*22*-80*-50**12*C2*11*1~CAS*CO*45*-20**253*-10~NM1*QC*1*ROE~DTM*232*20240105~\
        CLP*B*1*80*80*0*12*C2*11*7~NM1*QC*1*ROE~DTM*232*20240105~DTM*233*20240105~\
        CLP*D*4*40*0**12*C4*11*1~CAS*CO*16*40~NM1*QC*1*LOE~MOA***MA130~DTM*232*20240110~\
        PLB*1234567893*20241231*WO:C9*10~SE*32*1~";

    /// Code, 1-based segment and element of each finding.
    fn findings_of(text: &str, is_strict: bool) -> Vec<(String, u64, u32)> {
        let mut buffer = SegmentBuffer::new();
        let mut ends = Vec::new();
        for (index, segment) in text.split_terminator('~').enumerate() {
            let segment = Segment::parse(segment.as_bytes(), Separators::default(), &mut ends);
            let index = index as u32 + 1;
            buffer.push(segment, SegmentMeta::unplaced(u64::from(index), index, 0));
        }
        let claims: Vec<usize> = buffer
            .iter()
            .enumerate()
            .filter(|(_, located)| located.segment.id() == "CLP")
            .map(|(index, _)| index)
            .collect();
        let after = buffer.iter().position(|located| located.segment.id() == "PLB");
        let after = after.unwrap_or(buffer.len() - 1);
        let first = claims.first().copied().unwrap_or(after);
        let (mut rules, mut findings) = (RemittanceRules::new(is_strict), Vec::new());
        rules.start(buffer.iter().take(first), &mut findings);
        for (number, &start) in claims.iter().enumerate() {
            let end = claims.get(number + 1).copied().unwrap_or(after);
            let group = buffer.iter().take(first).skip_while(|l| l.segment.id() != "LX");
            let own = buffer.iter().take(end).skip(start);
            rules.claim(group.chain(own), &mut findings);
        }
        rules.finish(buffer.iter_from(after), &mut findings);
        let mut found: Vec<_> = findings
            .into_iter()
            .map(|f| (f.code.into_owned(), f.position.segment.unwrap_or(0), f.position.element))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn each_deviation_is_found_where_it_lies_and_nothing_else() {
        assert_eq!(findings_of(VALID, true), []);
        for (from, to, expected) in [
            ("BPR*I*120*", "BPR*I*120.01*", vec![("835-3-transaction-balance", 2, 2)]),
            ("WO:C9*10", "WO:C9*9.99", vec![("835-3-transaction-balance", 2, 2)]),
            ("J1*90*60*", "J1*90*60.01*", vec![("835-3-line-balance", 11, 3)]),
            (
                "*150*100*20*",
                "*150*100.01*20*",
                vec![("835-3-claim-balance", 9, 4), ("835-3-transaction-balance", 2, 2)],
            ),
            (
                "*150*100*20*",
                "*149*100*20*",
                vec![
                    ("835-3-claim-balance", 9, 4),
                    ("835-3-claim-charge", 9, 3),
                    ("835-3-summary-charge", 8, 5),
                ],
            ),
            ("*150*100*20*", "*150*100*0*", vec![("835-4-patient-responsibility", 9, 5)]),
            ("CLP*A*1*", "CLP*A*4*", vec![("835-4-denied-but-paid", 9, 4)]),
            ("CLP*A*1*", "CLP*A*23*", vec![("835-4-forwarded-but-paid", 9, 4)]),
            ("CLP*A*1*", "CLP*A*25*", vec![("835-4-predetermination-paid", 9, 4)]),
            (
                "CLP*B*22*-80*-50**12*C2*11*1~CAS*CO*45*-20**253*-10",
                "CLP*B*22*80*-50**12*C2*11*1~CAS*CO*45*130",
                vec![("835-3-summary-charge", 8, 5), ("835-4-reversal-sign", 19, 3)],
            ),
            (
                "CLP*B*22*",
                "CLP*B*1*",
                vec![
                    ("835-4-duplicate-claim", 23, 7),
                    ("835-4-negative-without-reversal", 19, 3),
                    ("835-4-negative-without-reversal", 19, 4),
                ],
            ),
            (
                "CLP*D*4*",
                "CLP*A*1*9*9**12*C1*11*1~CLP*A*22*-9*-9**12*C1*11*1~CLP*D*4*",
                vec![
                    ("835-3-summary-count", 8, 4),
                    ("835-4-duplicate-claim", 27, 7),
                    ("835-4-reversal-after-correction", 28, 2),
                ],
            ),
            ("MOA***MA130~", "MOA*0.5~", vec![("835-5-remark-code-missing", 28, 2)]),
            ("CAS*CO*45*10~", "CAS*OA*45*10~", vec![("835-5-reason-with-wrong-group", 14, 1)]),
            ("TRN*1*T1*1512345678", "TRN*1*T1*1512345679", vec![("835-4-trace-payer", 3, 3)]),
            ("*151*20240203", "*151*20240131", vec![("835-4-period-reversed", 17, 2)]),
            ("*472*20240201", "*472*20240301", vec![("835-4-date-after-production", 12, 2)]),
            (
                "CAS*CO*45*10~",
                "CAS*CO*45*10**45*0~",
                vec![("835-4-adjustment-repeated", 14, 5), ("835-4-adjustment-zero", 14, 6)],
            ),
            ("*60**1~DTM*472", "*60**0~DTM*472", vec![("835-4-paid-units", 11, 5)]),
            ("*20241231*4*190~", "*20241231*3*190~", vec![("835-3-summary-count", 8, 4)]),
            ("*20241231*4*190~", "*20241231*4*190.01~", vec![("835-3-summary-charge", 8, 5)]),
            ("C9*10~", "C9*10*FB*0~", vec![("835-4-provider-adjustment-zero", 32, 6)]),
        ] {
            let text = VALID.replacen(from, to, 1);
            let expected: Vec<_> =
                expected.into_iter().map(|(code, s, e)| (code.to_owned(), s, e)).collect();
            assert_eq!(findings_of(&text, true), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn amounts_that_cannot_be_read_leave_the_balances_alone() {
        for (from, to) in [("*150*100*20*", "*150*1OO*20*"), ("CO*45*10~", "CO*45*ten~")] {
            assert_eq!(findings_of(&VALID.replacen(from, to, 1), true), [], "{to}");
        }
    }

    #[test]
    fn what_a_receiver_can_live_with_is_a_warning_when_received() {
        let finding = |strict| stricter(strict, "835-4-duplicate-claim", 4, "").severity;
        assert_eq!((finding(true), finding(false)), (Severity::Error, Severity::Warning));
    }
}
