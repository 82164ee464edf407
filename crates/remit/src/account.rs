//! How one claim stands with its payer: the charges billed under a control number, and which of
//! them an answer of an 835 belongs to.

use crate::post::ClaimDisposition;
use counterfoil_base::{Cents, Text};
use counterfoil_claim::RemittanceClaim;

/// One charge that was billed under a control number: the first, or a correction of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BilledCharge {
    /// What was billed to the payer.
    pub charge_cents: Cents,
    /// How much of it the payer has answered so far, by payment or adjustment.
    pub answered_cents: Cents,
    /// What the payer has paid so far.
    pub paid_cents: Cents,
    /// CLM05-3 of the claim.
    pub frequency: Text,
    /// True when a correction or void took its place.
    pub is_replaced: bool,
    /// True when the payer returned it undecided: an answer is rather to another charge.
    pub is_returned: bool,
    /// The payer's number for the claim (CLP07) of the last answer; empty before it.
    pub payer_number: Text,
}

impl BilledCharge {
    /// What is not answered yet.
    #[must_use]
    pub fn open_cents(&self) -> Cents {
        // Answers are only taken while they lie within the charge.
        self.charge_cents - self.answered_cents
    }
}

/// What an 835 says of a claim, as far as the account of the claim must know it.
#[derive(Clone, Copy, Debug)]
pub struct ClaimAnswer<'a> {
    /// CLP02.
    pub status_code: &'a str,
    /// CLP09, often empty.
    pub frequency: &'a str,
    /// CLP07.
    pub payer_number: &'a str,
    /// CLP03.
    pub charge_cents: Cents,
    /// CLP04.
    pub paid_cents: Cents,
}

impl<'a> ClaimAnswer<'a> {
    /// The answer of a loop 2100.
    #[must_use]
    pub fn of(claim: &'a RemittanceClaim) -> ClaimAnswer<'a> {
        ClaimAnswer {
            status_code: &claim.status_code,
            frequency: &claim.frequency,
            payer_number: &claim.payer_claim_control_number,
            charge_cents: claim.charge_cents,
            paid_cents: claim.paid_cents,
        }
    }

    /// True when it takes an earlier answer back (CLP02 22, or a negative payment).
    #[must_use]
    pub fn is_reversal(&self) -> bool {
        self.status_code == "22" || self.paid_cents.is_negative()
    }

    /// True when it moves nothing: CLP02 25 is a predetermination.
    #[must_use]
    pub fn is_information(&self) -> bool {
        self.status_code == "25" && self.paid_cents.is_zero()
    }
}

/// What became of one of several answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenAnswer {
    /// Its position among the answers.
    pub position: usize,
    /// What became of it.
    pub disposition: ClaimDisposition,
    /// Position of the charge that it belongs to.
    pub charge: Option<usize>,
}

/// The charges under one control number of one provider to one payer, in the order of billing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimAccount {
    /// First the original, then its corrections.
    pub charges: Vec<BilledCharge>,
}

impl ClaimAccount {
    /// What the payer has paid so far on all charges.
    #[must_use]
    pub fn paid_cents(&self) -> Cents {
        // Each payment lies within a charge, and charges are few.
        let sum = self.charges.iter().map(|one| i128::from(one.paid_cents.0)).sum::<i128>();
        i64::try_from(sum).map_or(Cents::ZERO, Cents)
    }

    /// Takes the answers of one day, in whatever order they hold: what became of each, in the
    /// order in which they were taken.
    ///
    /// The days of 835s say nothing of the order within a day, and trace numbers nothing of
    /// either. Whatever fits is taken, reversals first, until nothing more does; only what then
    /// is left over waits for a person.
    pub fn answer_day(&mut self, answers: &[ClaimAnswer<'_>]) -> Vec<TakenAnswer> {
        let positions = |is_reversal: bool| {
            let all = answers.iter().enumerate();
            all.filter(move |(_, one)| one.is_reversal() == is_reversal).map(|(at, _)| at)
        };
        let mut waiting: Vec<usize> = positions(true).chain(positions(false)).collect();
        let mut taken = Vec::with_capacity(answers.len());
        loop {
            let before = waiting.len();
            let mut left = Vec::new();
            for &position in &waiting {
                let (disposition, charge) = self.answer(answers[position]);
                let one = TakenAnswer { position, disposition, charge };
                if matches!(
                    disposition,
                    ClaimDisposition::Unidentified | ClaimDisposition::Disputed
                ) {
                    left.push(one);
                } else {
                    taken.push(one);
                }
            }
            if left.is_empty() || left.len() == before {
                taken.extend(left);
                return taken;
            }
            waiting = left.into_iter().map(|one| one.position).collect();
        }
    }

    /// Takes an answer: what becomes of it, and the position of the charge that it belongs to.
    ///
    /// A payment or denial belongs to the charge of its own amount, else to a charge that is
    /// still open for it; a charge that a correction replaced takes only its own amount. A
    /// reversal belongs to a charge that was answered and paid at least as much. Where several
    /// fit, that it was not returned, the frequency code, the payer's number and the later billing
    /// decide, in this order.
    pub fn answer(&mut self, answer: ClaimAnswer<'_>) -> (ClaimDisposition, Option<usize>) {
        if answer.is_information() {
            return (ClaimDisposition::InformationOnly, None);
        }
        let is_reversal = answer.is_reversal();
        let fits = |one: &BilledCharge| {
            if is_reversal { can_reverse(one, &answer) } else { can_answer(one, &answer) }
        };
        let fitting = self.charges.iter().enumerate().filter(|(_, one)| fits(one));
        let best = fitting.max_by_key(|(index, one)| (rank(one, &answer), *index));
        let Some(index) = best.map(|(index, _)| index) else {
            let none = if is_reversal {
                ClaimDisposition::Disputed
            } else {
                ClaimDisposition::Unidentified
            };
            return (none, None);
        };
        let charge = &mut self.charges[index];
        charge.answered_cents += answer.charge_cents;
        charge.paid_cents += answer.paid_cents;
        charge.payer_number = Text::from(answer.payer_number);
        let disposition =
            if is_reversal { ClaimDisposition::Reversed } else { ClaimDisposition::Posted };
        (disposition, Some(index))
    }
}

fn can_answer(charge: &BilledCharge, answer: &ClaimAnswer<'_>) -> bool {
    let is_exact = answer.charge_cents == charge.charge_cents;
    let is_within = !answer.charge_cents.is_negative()
        && answer.charge_cents <= charge.open_cents()
        && charge.paid_cents.checked_add(answer.paid_cents).is_some();
    is_within && (is_exact || !charge.is_replaced)
}

fn can_reverse(charge: &BilledCharge, answer: &ClaimAnswer<'_>) -> bool {
    // The least amount has no opposite, and nobody was ever paid as much.
    let positive = |cents: Cents| cents.0.checked_neg().map(Cents);
    let within = |taken: Cents, there: Cents| positive(taken).is_some_and(|cents| cents <= there);
    answer.charge_cents <= Cents::ZERO
        && answer.paid_cents <= Cents::ZERO
        && within(answer.charge_cents, charge.answered_cents)
        && within(answer.paid_cents, charge.paid_cents.max(Cents::ZERO))
}

/// How well a charge fits an answer, among those that it can belong to.
fn rank(charge: &BilledCharge, answer: &ClaimAnswer<'_>) -> [bool; 5] {
    let whole = if answer.is_reversal() { charge.answered_cents } else { charge.charge_cents };
    let said = i128::from(answer.charge_cents.0).abs();
    let same_number = !answer.payer_number.is_empty() && charge.payer_number == answer.payer_number;
    let is_exact = i128::from(whole.0) == said;
    let same_frequency = !answer.frequency.is_empty() && charge.frequency == answer.frequency;
    if answer.is_reversal() {
        return [same_number, is_exact, !charge.is_returned, same_frequency, !charge.is_replaced];
    }
    [is_exact, !charge.is_returned, same_frequency, same_number, !charge.is_replaced]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ClaimDisposition::{Disputed, InformationOnly, Posted, Reversed, Unidentified};

    fn charge(cents: i64, frequency: &'static str, is_replaced: bool) -> BilledCharge {
        BilledCharge {
            charge_cents: Cents(cents),
            frequency: Text::const_new(frequency),
            is_replaced,
            ..BilledCharge::default()
        }
    }

    /// An answer as (CLP02, CLP03, CLP04, CLP07, CLP09).
    type Said = (&'static str, i64, i64, &'static str, &'static str);

    fn taken(
        charges: Vec<BilledCharge>,
        answers: &[Said],
    ) -> Vec<(ClaimDisposition, Option<usize>)> {
        let mut account = ClaimAccount { charges };
        let take = |&(status_code, charge, paid, payer_number, frequency): &Said| {
            account.answer(ClaimAnswer {
                status_code,
                frequency,
                payer_number,
                charge_cents: Cents(charge),
                paid_cents: Cents(paid),
            })
        };
        answers.iter().map(take).collect()
    }

    #[test]
    fn an_answer_finds_its_charge() {
        let corrected = || vec![charge(150, "1", true), charge(100, "7", false)];
        let same = || vec![charge(150, "1", true), charge(150, "7", false)];
        type Expected = Vec<(ClaimDisposition, Option<usize>)>;
        let cases: Vec<(Vec<BilledCharge>, Vec<Said>, Expected)> = vec![
            (
                corrected(),
                vec![("1", 150, 90, "A", ""), ("22", -150, -90, "A", ""), ("1", 100, 60, "B", "")],
                vec![(Posted, Some(0)), (Reversed, Some(0)), (Posted, Some(1))],
            ),
            // The payer answers the correction alone.
            (corrected(), vec![("1", 100, 60, "B", "")], vec![(Posted, Some(1))]),
            // Part of the correction; a replaced charge takes only its own amount.
            (
                corrected(),
                vec![("1", 80, 60, "B", ""), ("1", 120, 60, "B", "")],
                vec![(Posted, Some(1)), (Unidentified, None)],
            ),
            // One amount twice: the frequency code tells the two apart, else the later one.
            (
                same(),
                vec![("1", 150, 90, "A", "1"), ("1", 150, 80, "B", "7")],
                vec![(Posted, Some(0)), (Posted, Some(1))],
            ),
            (
                same(),
                vec![
                    ("1", 150, 80, "B", "7"),
                    ("1", 150, 90, "A", "1"),
                    ("22", -150, -90, "A", ""),
                ],
                vec![(Posted, Some(1)), (Posted, Some(0)), (Reversed, Some(0))],
            ),
            (
                vec![charge(150, "1", false)],
                vec![
                    ("22", -150, -90, "A", ""),
                    ("25", 150, 0, "A", ""),
                    ("1", 151, 90, "A", ""),
                    ("1", 150, 90, "A", ""),
                    ("1", 150, 90, "A", ""),
                    ("22", -150, -91, "A", ""),
                    ("22", i64::MIN, 0, "A", ""),
                    ("22", -150, i64::MIN, "A", ""),
                ],
                vec![
                    (Disputed, None),
                    (InformationOnly, None),
                    (Unidentified, None),
                    (Posted, Some(0)),
                    (Unidentified, None),
                    (Disputed, None),
                    (Disputed, None),
                    (Disputed, None),
                ],
            ),
        ];
        for (charges, answers, expected) in cases {
            assert_eq!(taken(charges, &answers), expected, "{answers:?}");
        }
    }
}
