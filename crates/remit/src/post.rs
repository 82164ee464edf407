//! Posting an 835 to the receivables ledger: every claim and every cent classified.

use crate::balance::check_balance;
use crate::classify::PostingRules;
use counterfoil_base::{Cents, Date, Finding, Position, Text};
use counterfoil_claim::{ProviderAdjustment, RemittanceAdvice, RemittanceClaim};
use counterfoil_ledger::{
    AccountKind, AdjustmentClass, AdjustmentPurpose, Book, BookedAdjustment, ClaimPosting, Entry,
    ProviderEvent, Subject,
};
use rustc_hash::FxHashMap;

/// How a claim stands in the receivables ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceivableClaim {
    /// What was billed to the payer.
    pub charge_cents: Cents,
    /// What the payer has not answered yet.
    pub open_cents: Cents,
    /// What the payer has paid so far.
    pub paid_cents: Cents,
}

/// What posting must know of the receivables ledger; a store or a [`Book`] answers.
pub trait Receivables {
    /// The claim with this control number (CLP01) that was billed to this payer.
    fn claim(&self, payer: &str, patient_control_number: &str) -> Option<ReceivableClaim>;
    /// What is still owed back to this payer under a provider-level reference (PLB03-2).
    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents;
    /// True when an entry with this key is in the ledger.
    fn is_posted(&self, key: &str) -> bool;
}

/// Answers from a book in memory.
pub struct BookReceivables<'a>(pub &'a Book);

impl Receivables for BookReceivables<'_> {
    fn claim(&self, payer: &str, patient_control_number: &str) -> Option<ReceivableClaim> {
        let subject = Subject::claim(patient_control_number);
        let open_cents = self.0.balance_of(&AccountKind::Receivable.of(payer), &subject);
        let charge_cents = -self.0.balance_of(&AccountKind::BilledRevenue.whole(), &subject);
        let answered = [
            AccountKind::ContractualAdjustment.of(payer),
            AccountKind::DeniedReceivable.of(payer),
            AccountKind::WithholdReceivable.of(payer),
            AccountKind::OtherAdjustment.of(payer),
            AccountKind::PatientReceivable.whole(),
        ];
        let adjusted: Cents = answered.iter().map(|a| self.0.balance_of(a, &subject)).sum();
        let paid_cents = charge_cents - open_cents - adjusted;
        (!charge_cents.is_zero()).then_some(ReceivableClaim {
            charge_cents,
            open_cents,
            paid_cents,
        })
    }

    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents {
        let account = AccountKind::TakeBackPayable.of(payer);
        -self.0.balance_of(&account, &Subject::reference(reference))
    }

    fn is_posted(&self, key: &str) -> bool {
        self.0.facts(key).is_some()
    }
}

/// What a contract says a claim should have brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedClaim {
    /// Expected CLP04.
    pub paid_cents: Cents,
    /// Expected SVC03 by line control number (REF 6R), or by 1-based line when there is none.
    pub lines: Vec<ExpectedLine>,
}

/// What a contract says a line should have brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedLine {
    /// REF 6R of the line, or its 1-based position as text.
    pub line: Text,
    /// Expected SVC03.
    pub paid_cents: Cents,
}

/// A claim or line that was paid otherwise than the contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variance {
    /// CLP01.
    pub claim: Text,
    /// REF 6R of the line or its 1-based position; nothing for the claim as a whole.
    pub line: Option<Text>,
    /// By the contract.
    pub expected_cents: Cents,
    /// By the 835.
    pub paid_cents: Cents,
}

impl Variance {
    /// What is missing: positive when underpaid.
    #[must_use]
    pub fn underpaid_cents(&self) -> Cents {
        self.expected_cents - self.paid_cents
    }
}

/// What became of a claim of the 835.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimDisposition {
    /// Posted to the receivable.
    Posted,
    /// A reversal of an earlier answer, posted.
    Reversed,
    /// Not in these books or already answered: the money waits for a person.
    Unidentified,
    /// Takes back what was never paid: the money waits for a person.
    Disputed,
    /// Says something without moving money (predetermination).
    InformationOnly,
}

/// One claim of the 835 after posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedClaim {
    /// CLP01.
    pub claim: Text,
    /// What became of it.
    pub disposition: ClaimDisposition,
    /// CLP04.
    pub paid_cents: Cents,
    /// CAS by class, empty when the claim was not posted to the receivable.
    pub adjustments: Vec<(AdjustmentClass, Cents)>,
}

/// What posting one 835 asks of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemittancePosting {
    /// Entries to book together; empty when the 835 is refused or already posted.
    pub entries: Vec<Entry>,
    /// One for each claim of the 835, in its order.
    pub claims: Vec<PostedClaim>,
    /// What a person must see.
    pub findings: Vec<Finding>,
    /// Claims and lines paid otherwise than expected.
    pub variances: Vec<Variance>,
    /// True when the same 835 is in the ledger already.
    pub already_posted: bool,
}

/// Prepares the entries that post one 835 for `payer` on `date`.
///
/// An 835 that does not balance posts nothing; one that was posted before posts nothing again.
/// A claim that is not in the books, was already answered, or is taken back without ever having
/// been paid goes to an account of its own with a finding, so that the payment still ties to
/// the bank. `expected` gives what the contract says for a claim, when the caller knows it.
pub fn post_remittance(
    advice: &RemittanceAdvice,
    (payer, date): (&str, Date),
    receivables: &impl Receivables,
    rules: &PostingRules,
    expected: &dyn Fn(&RemittanceClaim) -> Option<ExpectedClaim>,
) -> RemittancePosting {
    let mut posting =
        RemittancePosting { findings: check_balance(advice), ..RemittancePosting::default() };
    if posting.findings.iter().any(Finding::is_error) {
        return posting;
    }
    let payment = &advice.payment;
    let base = format!("835/{payer}/{}/{}", payment.trace_number, advice.payee.id);
    let count = advice.claims.len();
    let mut keys = (0..count).map(|i| format!("{base}/claim/{i}")).chain([format!("{base}/plb")]);
    if keys.any(|key| receivables.is_posted(&key)) {
        posting.already_posted = true;
        posting.findings.push(already_posted(&payment.trace_number));
        return posting;
    }
    let mut poster = Poster { payer, receivables, rules, overlay: FxHashMap::default() };
    for (index, claim) in advice.claims.iter().enumerate() {
        let Some((posted, event)) = poster.claim(claim, advice, &mut posting.findings) else {
            return RemittancePosting { findings: vec![too_large()], ..Default::default() };
        };
        push_entry(&mut posting.entries, event.entry(&format!("{base}/claim/{index}"), date));
        if let (ClaimDisposition::Posted, Some(expected)) = (posted.disposition, expected(claim)) {
            compare(claim, &expected, &mut posting.variances);
        }
        posting.claims.push(posted);
    }
    let event = poster.adjustments(advice, &mut posting.findings);
    push_entry(&mut posting.entries, event.entry(&format!("{base}/plb"), date));
    posting
}

fn push_entry(entries: &mut Vec<Entry>, entry: Entry) {
    // A claim paid and adjusted by nothing has nothing to book.
    if !entry.postings.is_empty() {
        entries.push(entry);
    }
}

fn too_large() -> Finding {
    Finding::error("REMIT-amount-too-large", 3, "The adjustments of a claim cannot be added up.")
        .because("A sum by account leaves the range of money.")
        .fix("Ask the payer for a corrected 835; nothing of this one is posted.")
}

fn already_posted(trace: &str) -> Finding {
    Finding::note("REMIT-already-posted", 7, format!("The 835 with trace {trace} is posted."))
        .because("The ledger has its entries already.")
        .fix("Nothing to do; nothing was posted twice.")
}

struct Poster<'a, R: Receivables> {
    payer: &'a str,
    receivables: &'a R,
    rules: &'a PostingRules,
    /// Claims as they stand after what this 835 has said so far.
    overlay: FxHashMap<Text, Option<ReceivableClaim>>,
}

impl<R: Receivables> Poster<'_, R> {
    /// What becomes of one claim; nothing when its adjustments cannot be added up.
    fn claim(
        &mut self,
        claim: &RemittanceClaim,
        advice: &RemittanceAdvice,
        findings: &mut Vec<Finding>,
    ) -> Option<(PostedClaim, ProviderEvent)> {
        let number = &claim.patient_control_number;
        let adjustments = self.rules.by_class(claim)?;
        let (disposition, problem) = self.judge(claim);
        if let Some(problem) = problem {
            findings.push(problem.at(Position {
                segment: (claim.segment > 0).then_some(claim.segment),
                segment_id: "CLP".to_owned(),
                offset: (claim.segment > 0).then_some(claim.offset),
                loop_path: "2000/2100".to_owned(),
                ..Position::default()
            }));
        }
        let (payer, trace) = (Text::from(self.payer), advice.payment.trace_number.clone());
        let paid_cents = claim.paid_cents;
        let posted = |adjustments| PostedClaim {
            claim: number.clone(),
            disposition,
            paid_cents,
            adjustments,
        };
        if matches!(disposition, ClaimDisposition::Posted | ClaimDisposition::Reversed) {
            self.advance(claim);
            let posting = ClaimPosting {
                claim: number.clone(),
                paid_cents,
                adjustments: adjustments.clone(),
            };
            let event = ProviderEvent::ClaimAnswered { payer, trace, posting };
            return Some((posted(adjustments), event));
        }
        let claim = number.clone();
        let event = ProviderEvent::ClaimUnidentified { payer, trace, claim, paid_cents };
        Some((posted(Vec::new()), event))
    }

    fn state(&mut self, number: &Text) -> Option<ReceivableClaim> {
        if let Some(known) = self.overlay.get(number) {
            return *known;
        }
        let found = self.receivables.claim(self.payer, number);
        self.overlay.insert(number.clone(), found);
        found
    }

    /// The claim stands differently for what the rest of this 835 says about it.
    fn advance(&mut self, claim: &RemittanceClaim) {
        if let Some(Some(state)) = self.overlay.get_mut(&claim.patient_control_number) {
            // Judged before: the charge is within what is open, so the sums stay in range.
            state.open_cents -= claim.charge_cents;
            state.paid_cents += claim.paid_cents;
        }
    }

    fn judge(&mut self, claim: &RemittanceClaim) -> (ClaimDisposition, Option<Finding>) {
        let number = &claim.patient_control_number;
        let reversal = claim.status_code == "22" || claim.paid_cents.is_negative();
        // CLP02 25 is a predetermination; it announces and pays nothing.
        if claim.status_code == "25" && claim.paid_cents.is_zero() {
            return (ClaimDisposition::InformationOnly, None);
        }
        let Some(state) = self.state(number) else {
            let (disposition, code) = if reversal {
                (ClaimDisposition::Disputed, "REMIT-take-back-unknown-claim")
            } else {
                (ClaimDisposition::Unidentified, "REMIT-claim-unknown")
            };
            let message = "The 835 answers a claim that is not in the receivables ledger.";
            return (disposition, Some(unposted(code, message)));
        };
        if reversal {
            let answered = state.charge_cents.checked_sub(state.open_cents);
            let within = answered.is_some_and(|cents| claim.charge_cents.abs() <= cents)
                && claim.paid_cents.abs() <= state.paid_cents.max(Cents::ZERO)
                && claim.charge_cents <= Cents::ZERO;
            if within {
                return (ClaimDisposition::Reversed, None);
            }
            let message = "The 835 takes back more than was ever paid or answered on a claim.";
            let finding = unposted("REMIT-take-back-never-paid", message);
            return (ClaimDisposition::Disputed, Some(finding));
        }
        if claim.charge_cents > state.open_cents {
            let message = "The 835 answers more of a claim than is still open.";
            let finding = unposted("REMIT-claim-already-answered", message);
            return (ClaimDisposition::Unidentified, Some(finding));
        }
        (ClaimDisposition::Posted, None)
    }

    fn adjustments(
        &mut self,
        advice: &RemittanceAdvice,
        findings: &mut Vec<Finding>,
    ) -> ProviderEvent {
        let mut owed: FxHashMap<Text, Cents> = FxHashMap::default();
        let mut booked = Vec::with_capacity(advice.provider_adjustments.len());
        for adjustment in &advice.provider_adjustments {
            let purpose = self.purpose(adjustment, &mut owed);
            if purpose == AdjustmentPurpose::Disputed {
                findings.push(unposted_adjustment(adjustment));
            }
            booked.push(BookedAdjustment {
                purpose,
                reference: adjustment.reference.clone(),
                amount_cents: adjustment.amount_cents,
            });
        }
        ProviderEvent::PaymentAdjusted {
            payer: Text::from(self.payer),
            trace: advice.payment.trace_number.clone(),
            adjustments: booked,
        }
    }

    /// A take-back counts as owed when an earlier 835 announced it, or when it names a claim
    /// that was paid at least that much; any other take-back is disputed.
    fn purpose(
        &mut self,
        adjustment: &ProviderAdjustment,
        owed: &mut FxHashMap<Text, Cents>,
    ) -> AdjustmentPurpose {
        let purpose = AdjustmentPurpose::from_reason(&adjustment.reason);
        let takes_back =
            matches!(purpose, AdjustmentPurpose::Recoupment | AdjustmentPurpose::ForwardBalance);
        if !takes_back {
            return purpose;
        }
        let reference = &adjustment.reference;
        let announced = owed
            .entry(reference.clone())
            .or_insert_with(|| self.receivables.take_back_owed(self.payer, reference));
        let amount = adjustment.amount_cents;
        if let Some(left) = announced.checked_sub(amount).filter(|left| !left.is_negative()) {
            *announced = left;
            return purpose;
        }
        // The reference may join the payer's and the provider's claim number with a blank.
        let numbers = std::iter::once(reference.as_str()).chain(reference.split_whitespace());
        let numbers: Vec<Text> = numbers.map(Text::from).collect();
        for number in numbers {
            if let Some(Some(state)) = self.state_of_reference(&number)
                && amount <= state.paid_cents
            {
                state.paid_cents -= amount;
                return purpose;
            }
        }
        AdjustmentPurpose::Disputed
    }

    fn state_of_reference(&mut self, number: &Text) -> Option<&mut Option<ReceivableClaim>> {
        self.state(number)?;
        self.overlay.get_mut(number)
    }
}

fn unposted(code: &'static str, message: &str) -> Finding {
    Finding::warning(code, 7, message)
        .because("Posting it would answer a claim with money that does not belong to it.")
        .fix("Find the claim, or ask the payer; the money waits in an account of its own.")
}

fn unposted_adjustment(adjustment: &ProviderAdjustment) -> Finding {
    let message = format!(
        "A provider-level adjustment ({}) takes back {} that was never announced or paid.",
        adjustment.reason, adjustment.amount_cents
    );
    Finding::warning("REMIT-take-back-never-paid", 7, message)
        .at(Position { segment_id: "PLB".to_owned(), ..Position::default() })
        .because("No earlier 835 announced it, and no claim under its reference was paid so much.")
        .fix("Ask the payer for the claim; the amount waits as a disputed take-back.")
}

fn compare(claim: &RemittanceClaim, expected: &ExpectedClaim, variances: &mut Vec<Variance>) {
    let number = &claim.patient_control_number;
    if claim.paid_cents != expected.paid_cents {
        variances.push(Variance {
            claim: number.clone(),
            line: None,
            expected_cents: expected.paid_cents,
            paid_cents: claim.paid_cents,
        });
    }
    for wanted in &expected.lines {
        let named = claim.lines.iter().enumerate().find(|(index, line)| {
            let mut references = line.references.iter();
            let control = references.find(|reference| reference.qualifier == "6R");
            control.map_or_else(
                || wanted.line == (index + 1).to_string(),
                |reference| reference.value == wanted.line,
            )
        });
        let paid_cents = named.map_or(Cents::ZERO, |(_, line)| line.paid_cents);
        if paid_cents != wanted.paid_cents {
            variances.push(Variance {
                claim: number.clone(),
                line: Some(wanted.line.clone()),
                expected_cents: wanted.paid_cents,
                paid_cents,
            });
        }
    }
}
