//! One claim of an 835 (loop 2100) with its service lines (2110).

use super::adjustment::Adjustments;
use super::stricter;
use super::total::{Dollars, Total, amount};
use crate::Located;
use counterfoil_base::{Cents, Date, Finding, parse_ccyymmdd};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A claim as its segments tell it.
pub(super) struct Claim<'a> {
    clp: Located<'a>,
    pub(super) charge: Option<Cents>,
    pub(super) paid: Option<Cents>,
    adjustments: Adjustments<'a>,
    lines: Vec<Line<'a>>,
    has_remark: bool,
    mia: Option<Located<'a>>,
    dates: Vec<Located<'a>>,
}

/// A service line.
struct Line<'a> {
    svc: Located<'a>,
    charge: Option<Cents>,
    paid: Option<Cents>,
    adjustments: Adjustments<'a>,
    has_remark: bool,
    dates: Vec<Located<'a>>,
}

/// First and last day by the qualifiers of DTM01.
const STATEMENT: (&[u8], &[u8]) = (b"232", b"233");
const SERVICE: (&[u8], &[u8]) = (b"150", b"151");

impl<'a> Claim<'a> {
    pub(super) fn read(segments: impl Iterator<Item = Located<'a>>) -> Option<Claim<'a>> {
        let mut claim: Option<Claim<'a>> = None;
        for located in segments {
            match &mut claim {
                None if located.segment.id() == "CLP" => claim = Some(Claim::open(located)),
                None => {}
                Some(claim) => claim.take(located),
            }
        }
        claim
    }

    fn open(clp: Located<'a>) -> Claim<'a> {
        Claim {
            clp,
            charge: amount(clp.segment.element(3)),
            paid: amount(clp.segment.element(4)),
            adjustments: Adjustments::default(),
            lines: Vec::new(),
            has_remark: false,
            mia: None,
            dates: Vec::new(),
        }
    }

    fn take(&mut self, located: Located<'a>) {
        let segment = located.segment;
        match (segment.id(), self.lines.last_mut()) {
            ("SVC", _) => self.lines.push(Line::open(located)),
            ("CAS", Some(line)) => line.adjustments.read(located),
            ("CAS", None) => self.adjustments.read(located),
            ("DTM", Some(line)) => line.dates.push(located),
            ("DTM", None) => self.dates.push(located),
            ("LQ", Some(line)) => line.has_remark |= !segment.element(2).is_empty(),
            ("MIA", _) => {
                self.mia = Some(located);
                self.has_remark |= [5, 20, 21, 22, 23].iter().any(|&n| has(located, n));
            }
            ("MOA", _) => self.has_remark |= (3..=7).any(|n| has(located, n)),
            _ => {}
        }
    }

    fn status(&self) -> &'a [u8] {
        self.clp.segment.element(2)
    }

    fn is_reversal(&self) -> bool {
        self.status() == b"22"
    }

    pub(super) fn check(
        &self,
        is_strict: bool,
        production_date: Option<Date>,
        findings: &mut Vec<Finding>,
    ) {
        // A predetermination speaks of services that are still to come.
        let produced = production_date.filter(|_| self.status() != b"25");
        self.check_balance(findings);
        self.check_charges(findings);
        self.check_patient_responsibility(findings);
        self.check_payment_by_status(findings);
        self.check_signs(is_strict, findings);
        self.check_facility(is_strict, findings);
        self.adjustments.check(self.has_remark, is_strict, findings);
        check_dates(&self.dates, STATEMENT, produced, findings);
        for line in &self.lines {
            line.check_balance(findings);
            line.check_units(self.is_reversal(), findings);
            line.adjustments.check(line.has_remark || self.has_remark, is_strict, findings);
            check_dates(&line.dates, SERVICE, produced, findings);
        }
    }

    /// Adjustments of the claim and of its lines.
    fn all(&self, part: impl Fn(&Adjustments<'a>) -> Total) -> Option<i128> {
        let mut total = part(&self.adjustments);
        for line in &self.lines {
            total.add_total(part(&line.adjustments));
        }
        total.cents()
    }

    fn check_balance(&self, findings: &mut Vec<Finding>) {
        let (Some(charge), Some(paid)) = (self.charge, self.paid) else { return };
        let Some(adjusted) = self.all(|adjustments| adjustments.total) else { return };
        let expected = i128::from(charge.0) - adjusted;
        if expected == i128::from(paid.0) {
            return;
        }
        findings.push(
            Finding::error("835-3-claim-balance", 3, balance("claim", charge, adjusted, paid))
                .at(self.clp.position(4, 0))
                .because("CLP03 less all CAS of the claim is CLP04 (section 1.10.2.1.2)")
                .fix("Correct the claim's charge, payment or adjustments"),
        );
    }

    fn check_charges(&self, findings: &mut Vec<Finding>) {
        let Some(charge) = self.charge else { return };
        if self.lines.is_empty() {
            return;
        }
        let mut lines = Total::default();
        self.lines.iter().for_each(|line| lines.add(line.charge));
        let Some(lines) = lines.cents() else { return };
        if lines == i128::from(charge.0) {
            return;
        }
        let message =
            format!("The lines' charges make {} but the claim's is {charge}", Dollars(lines));
        findings.push(
            Finding::error("835-3-claim-charge", 3, message)
                .at(self.clp.position(3, 0))
                .because("When lines are given, the sum of SVC02 is CLP03")
                .fix("Send every service line, with the charge that was submitted"),
        );
    }

    fn check_patient_responsibility(&self, findings: &mut Vec<Finding>) {
        let text = self.clp.segment.element(5);
        let stated = if text.is_empty() { Some(Cents::ZERO) } else { amount(text) };
        let Some(stated) = stated else { return };
        let Some(adjusted) = self.all(|adjustments| adjustments.patient) else { return };
        // A reversal may leave the patient's share out, or repeat it with its sign turned.
        let is_left_out = self.is_reversal() && stated.is_zero();
        if adjusted == i128::from(stated.0) || is_left_out {
            return;
        }
        let message = format!(
            "Patient responsibility is {stated} but the adjustments of group PR make {}",
            Dollars(adjusted)
        );
        findings.push(
            Finding::error("835-4-patient-responsibility", 4, message)
                .at(self.clp.position(5, 0))
                .because("CLP05 is the sum of the PR adjustments of the claim and its lines")
                .fix("Send the sum of the PR adjustments in CLP05"),
        );
    }

    fn check_payment_by_status(&self, findings: &mut Vec<Finding>) {
        let Some(paid) = self.paid.filter(|paid| !paid.is_zero()) else { return };
        let (code, status) = match self.status() {
            b"4" => ("835-4-denied-but-paid", "denied"),
            b"23" => ("835-4-forwarded-but-paid", "not this payer's and forwarded"),
            b"25" => ("835-4-predetermination-paid", "a predetermination, where nothing is paid"),
            _ => return,
        };
        findings.push(
            Finding::error(code, 4, format!("The claim is {status}, but the payment is {paid}"))
                .at(self.clp.position(4, 0))
                .because("The claim status in CLP02 contradicts the amount in CLP04")
                .fix("Send the status of a paid claim (1, 2 or 3), or a payment of zero"),
        );
    }

    /// A reversal turns every sign; nothing else has negative charges or payments.
    fn check_signs(&self, is_strict: bool, findings: &mut Vec<Finding>) {
        let claim = [(self.clp, 3, self.charge), (self.clp, 4, self.paid)];
        let lines = self.lines.iter().flat_map(|l| [(l.svc, 2, l.charge), (l.svc, 3, l.paid)]);
        for (located, element, cents) in claim.into_iter().chain(lines) {
            let Some(cents) = cents else { continue };
            let finding = if self.is_reversal() && cents > Cents::ZERO {
                Finding::error("835-4-reversal-sign", 4, "A reversal has a positive amount")
                    .because("A reversal repeats the earlier claim with every amount negated")
                    .fix("Negate the amounts of the reversal, then send the corrected claim")
            } else if !self.is_reversal() && cents.is_negative() {
                let message = "A claim that is no reversal has a negative amount";
                stricter(is_strict, "835-4-negative-without-reversal", 4, message)
                    .because("Money is taken back by a reversal (CLP02 22) or by PLB")
                    .fix("Send CLP02 22 for a reversal, or the amount without its sign")
            } else {
                continue;
            };
            findings.push(finding.at(located.position(element, 0)));
        }
    }

    /// MIA belongs to inpatient facilities; CLP08 of an institutional claim is the first two
    /// digits of the type of bill (NUBC form locator 4).
    fn check_facility(&self, is_strict: bool, findings: &mut Vec<Finding>) {
        const INPATIENT: [&[u8]; 14] = [
            b"11", b"12", b"15", b"18", b"21", b"22", b"28", b"41", b"65", b"66", b"81", b"82",
            b"86", b"89",
        ];
        let facility = self.clp.segment.element(8);
        let Some(mia) = self.mia else { return };
        if facility.is_empty() || INPATIENT.contains(&facility) {
            return;
        }
        let message = "Inpatient adjudication is sent for a facility type that is not inpatient";
        findings.push(
            stricter(is_strict, "835-6-inpatient-on-other-facility", 6, message)
                .at(mia.position(0, 0))
                .because("MIA describes inpatient stays; CLP08 names another kind of facility")
                .fix("Send MOA, or the facility type of the stay in CLP08"),
        );
    }

    /// The same claim twice without a reversal between; `open` holds those not taken back.
    pub(super) fn check_repetition(
        &self,
        is_strict: bool,
        open: &mut BTreeSet<u64>,
        findings: &mut Vec<Finding>,
    ) {
        let segment = self.clp.segment;
        let (account, number) = (segment.element(1), segment.element(7));
        if number.is_empty() {
            return;
        }
        let key = hash(&(account, number));
        if self.is_reversal() {
            if open.remove(&key) {
                let message = "The reversal comes after another answer to the same claim";
                findings.push(
                    Finding::warning("835-4-reversal-after-correction", 4, message)
                        .at(self.clp.position(2, 0))
                        .because("A reversal stands before the correction that replaces it")
                        .fix("Send the reversal first, then the corrected claim"),
                );
            }
        } else if !open.insert(key) {
            let message =
                "This claim was answered before in the same remittance and not taken back";
            findings.push(
                stricter(is_strict, "835-4-duplicate-claim", 4, message)
                    .at(self.clp.position(7, 0))
                    .because("The payer's claim number is answered once, or again after a reversal")
                    .fix("Leave the copy out, or send the reversal before the correction"),
            );
        }
    }
}

impl<'a> Line<'a> {
    fn open(svc: Located<'a>) -> Line<'a> {
        Line {
            svc,
            charge: amount(svc.segment.element(2)),
            paid: amount(svc.segment.element(3)),
            adjustments: Adjustments::default(),
            has_remark: false,
            dates: Vec::new(),
        }
    }

    fn check_balance(&self, findings: &mut Vec<Finding>) {
        let (Some(charge), Some(paid)) = (self.charge, self.paid) else { return };
        let Some(adjusted) = self.adjustments.total.cents() else { return };
        if i128::from(charge.0) - adjusted == i128::from(paid.0) {
            return;
        }
        findings.push(
            Finding::error("835-3-line-balance", 3, balance("line", charge, adjusted, paid))
                .at(self.svc.position(3, 0))
                .because("SVC02 less the CAS of the line is SVC03 (section 1.10.2.1.1)")
                .fix("Correct the line's charge, payment or adjustments"),
        );
    }

    fn check_units(&self, is_reversal: bool, findings: &mut Vec<Finding>) {
        let Some(units) = amount(self.svc.segment.element(5)) else { return };
        let is_paid = self.paid.is_some_and(|paid| !paid.is_zero());
        let message = if units.is_negative() && !is_reversal {
            "The paid units are negative"
        } else if units.is_zero() && is_paid {
            "Money is paid for zero units"
        } else {
            return;
        };
        findings.push(
            Finding::warning("835-4-paid-units", 4, message)
                .at(self.svc.position(5, 0))
                .because("SVC05 is the number of units that were paid; absent means one")
                .fix("Send the units that the payment is for"),
        );
    }
}

fn has(located: Located<'_>, element: usize) -> bool {
    !located.segment.element(element).is_empty()
}

fn balance(level: &str, charge: Cents, adjusted: i128, paid: Cents) -> String {
    let expected = i128::from(charge.0) - adjusted;
    format!(
        "Charge {charge} less adjustments {} makes {} but the {level} is paid {paid}: \
         difference {}",
        Dollars(adjusted),
        Dollars(expected),
        Dollars(i128::from(paid.0) - expected)
    )
}

fn check_dates(
    dates: &[Located<'_>],
    (first, last): (&[u8], &[u8]),
    production_date: Option<Date>,
    findings: &mut Vec<Finding>,
) {
    let mut from = None;
    for located in dates {
        let qualifier = located.segment.element(1);
        let Some(day) = parse_ccyymmdd(located.segment.element(2)) else { continue };
        if qualifier == first {
            from = Some(day);
        }
        if qualifier == last && from.is_some_and(|from| from > day) {
            findings.push(
                Finding::error("835-4-period-reversed", 4, "A period ends before it begins")
                    .at(located.position(2, 0))
                    .because("The last day of a period is not before its first")
                    .fix("Correct the two days"),
            );
        }
        // Coverage may end after the remittance; every other date here lies in its past.
        if qualifier != b"036" && production_date.is_some_and(|produced| day > produced) {
            findings.push(
                Finding::error(
                    "835-4-date-after-production",
                    4,
                    "A service or receipt date lies after the remittance was produced",
                )
                .at(located.position(2, 0))
                .because("What is adjudicated was rendered and received before")
                .fix("Correct the date, or the production date in DTM 405"),
            );
        }
    }
}

/// A stable hash: the default hasher has fixed keys.
fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
