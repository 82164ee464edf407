//! Posting an 835 to the receivables ledger: every claim and every cent classified.

use crate::account::{BilledCharge, ClaimAccount, ClaimAnswer};
use crate::balance::check_balance;
use crate::classify::PostingRules;
use counterfoil_base::{Cents, Date, Finding, Position, Text};
use counterfoil_claim::{ProviderAdjustment, RemittanceAdvice, RemittanceClaim};
use counterfoil_ledger::{
    AccountKind, AdjustmentClass, AdjustmentPurpose, Book, BookedAdjustment, ClaimPosting, Entry,
    ProviderEvent, Subject,
};
use rustc_hash::FxHashMap;

/// What posting must know of the receivables ledger; a store or a [`Book`] answers.
pub trait Receivables {
    /// Under which number the ledger keeps the claim that an answer belongs to, and how that
    /// claim stands, when it was billed to this payer.
    fn account(&self, payer: &str, claim: &RemittanceClaim) -> (Text, Option<ClaimAccount>);
    /// The same for the claim that a provider-level reference (PLB03-2) names.
    fn referenced(&self, payer: &str, number: &str) -> Option<(Text, ClaimAccount)>;
    /// What is still owed back to this payer under a provider-level reference (PLB03-2).
    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents;
    /// True when this 835, whose entries have keys that begin with `key`, is in the ledger.
    fn is_posted(&self, advice: &RemittanceAdvice, key: &str) -> bool;
}

/// Answers from a book in memory that keeps claims by their control number.
pub struct BookReceivables<'a>(pub &'a Book);

impl Receivables for BookReceivables<'_> {
    fn account(&self, payer: &str, claim: &RemittanceClaim) -> (Text, Option<ClaimAccount>) {
        let number = claim.patient_control_number.clone();
        let found = self.referenced(payer, &number);
        (number, found.map(|(_, account)| account))
    }

    fn referenced(&self, payer: &str, number: &str) -> Option<(Text, ClaimAccount)> {
        let subject = Subject::claim(number);
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
        let answered_cents = charge_cents - open_cents;
        let paid_cents = answered_cents - adjusted;
        let charge =
            BilledCharge { charge_cents, answered_cents, paid_cents, ..BilledCharge::default() };
        let account = ClaimAccount { charges: vec![charge] };
        (!charge_cents.is_zero()).then(|| (Text::from(number), account))
    }

    fn take_back_owed(&self, payer: &str, reference: &str) -> Cents {
        let account = AccountKind::TakeBackPayable.of(payer);
        -self.0.balance_of(&account, &Subject::reference(reference))
    }

    fn is_posted(&self, advice: &RemittanceAdvice, key: &str) -> bool {
        let claims = (0..advice.claims.len()).map(|index| format!("{key}/claim/{index}"));
        claims.chain([format!("{key}/plb")]).any(|key| self.0.facts(&key).is_some())
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
    /// Under which number the ledger keeps the claim.
    pub account: Text,
    /// What became of it.
    pub disposition: ClaimDisposition,
    /// CLP04.
    pub paid_cents: Cents,
    /// CAS by class; booked when the claim was posted to the receivable.
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
    /// Provider-level take-backs that nothing explains, with their positions among the PLB.
    pub disputed: Vec<(usize, ProviderAdjustment)>,
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
    let base = key_base(advice);
    if receivables.is_posted(advice, &base) {
        posting.already_posted = true;
        posting.findings.push(already_posted(&advice.payment.trace_number));
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
    let event = poster.adjustments(advice, &mut posting);
    push_entry(&mut posting.entries, event.entry(&format!("{base}/plb"), date));
    posting
}

/// What the keys of all entries of an 835 begin with: TRN03, TRN02 and the payee.
#[must_use]
pub fn key_base(advice: &RemittanceAdvice) -> String {
    let payment = &advice.payment;
    format!("835/{}/{}/{}", payment.payer_identifier, payment.trace_number, advice.payee.id)
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
    /// Claims as they stand after what this 835 has said so far, by their number in the ledger.
    overlay: FxHashMap<Text, Option<ClaimAccount>>,
}

impl<R: Receivables> Poster<'_, R> {
    /// What becomes of one claim; nothing when its adjustments cannot be added up.
    fn claim(
        &mut self,
        claim: &RemittanceClaim,
        advice: &RemittanceAdvice,
        findings: &mut Vec<Finding>,
    ) -> Option<(PostedClaim, ProviderEvent)> {
        let adjustments = self.rules.by_class(claim)?;
        let (account, disposition, problem) = self.judge(claim);
        if let Some(problem) = problem {
            findings.push(problem.at(Position {
                segment: (claim.segment > 0).then_some(claim.segment),
                segment_id: "CLP".to_owned(),
                offset: (claim.segment > 0).then_some(claim.offset),
                loop_path: "2000/2100".to_owned(),
                ..Position::default()
            }));
        }
        let answered = AnsweredClaim {
            payer: self.payer,
            trace: &advice.payment.trace_number,
            account: &account,
            disposition,
            paid_cents: claim.paid_cents,
            adjustments: &adjustments,
        };
        let event = answered.event();
        let posted = PostedClaim {
            claim: claim.patient_control_number.clone(),
            account,
            disposition,
            paid_cents: claim.paid_cents,
            adjustments,
        };
        Some((posted, event))
    }

    /// The number in the ledger, what becomes of the claim, and what a person must see of it.
    fn judge(&mut self, claim: &RemittanceClaim) -> (Text, ClaimDisposition, Option<Finding>) {
        use ClaimDisposition::{Disputed, InformationOnly, Unidentified};
        let (number, found) = self.receivables.account(self.payer, claim);
        let answer = ClaimAnswer::of(claim);
        let Some(account) = self.overlay.entry(number.clone()).or_insert(found) else {
            let (disposition, code) = match () {
                () if answer.is_information() => return (number, InformationOnly, None),
                () if answer.is_reversal() => (Disputed, "REMIT-take-back-unknown-claim"),
                () => (Unidentified, "REMIT-claim-unknown"),
            };
            let message = "The 835 answers a claim that is not in the receivables ledger.";
            return (number, disposition, Some(unposted(code, message)));
        };
        let (disposition, _) = account.answer(answer);
        let (code, message) = match disposition {
            Disputed => (
                "REMIT-take-back-never-paid",
                "The 835 takes back more than was ever paid or answered on a claim.",
            ),
            Unidentified => (
                "REMIT-claim-already-answered",
                "The 835 answers more of a claim than is still open.",
            ),
            _ => return (number, disposition, None),
        };
        (number, disposition, Some(unposted(code, message)))
    }

    fn adjustments(
        &mut self,
        advice: &RemittanceAdvice,
        posting: &mut RemittancePosting,
    ) -> ProviderEvent {
        let mut owed: FxHashMap<Text, Cents> = FxHashMap::default();
        let mut booked = Vec::with_capacity(advice.provider_adjustments.len());
        for (position, adjustment) in advice.provider_adjustments.iter().enumerate() {
            let purpose = self.purpose(adjustment, &mut owed);
            if purpose == AdjustmentPurpose::Disputed {
                posting.findings.push(unposted_adjustment(adjustment));
                posting.disputed.push((position, adjustment.clone()));
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
        let left = announced.checked_sub(amount);
        if left.is_some_and(|left| !left.is_negative()) {
            *announced = left.unwrap_or_default();
            return purpose;
        }
        // What was taken back under this reference before cannot be taken back again.
        let taken = (*announced).min(Cents::ZERO);
        // The reference may join the payer's and the provider's claim number with a blank.
        let numbers = std::iter::once(reference.as_str()).chain(reference.split_whitespace());
        for number in numbers {
            let Some((number, found)) = self.receivables.referenced(self.payer, number) else {
                continue;
            };
            let account = self.overlay.entry(number).or_insert(Some(found));
            let paid_cents = account.as_ref().map_or(Cents::ZERO, ClaimAccount::paid_cents);
            let was_paid = paid_cents.checked_add(taken).is_some_and(|left| amount <= left);
            if let (true, Some(left)) = (was_paid, left) {
                *announced = left;
                return purpose;
            }
        }
        AdjustmentPurpose::Disputed
    }
}

/// What a take-back that was in dispute is by what the ledger knows now.
pub fn take_back_purpose(
    receivables: &impl Receivables,
    payer: &str,
    adjustment: &ProviderAdjustment,
) -> AdjustmentPurpose {
    let rules = &PostingRules::default();
    let mut poster = Poster { payer, receivables, rules, overlay: FxHashMap::default() };
    poster.purpose(adjustment, &mut FxHashMap::default())
}

/// An answer with what became of it, as the ledger books it.
#[derive(Clone, Copy, Debug)]
pub struct AnsweredClaim<'a> {
    /// The payer by whom the receivable is kept.
    pub payer: &'a str,
    /// TRN02.
    pub trace: &'a str,
    /// Under which number the ledger keeps the claim.
    pub account: &'a str,
    /// What became of it.
    pub disposition: ClaimDisposition,
    /// CLP04.
    pub paid_cents: Cents,
    /// CAS by class.
    pub adjustments: &'a [(AdjustmentClass, Cents)],
}

impl AnsweredClaim<'_> {
    /// What the ledger books: the claim's answer, or money that waits for a person.
    #[must_use]
    pub fn event(&self) -> ProviderEvent {
        let (payer, trace) = (Text::from(self.payer), Text::from(self.trace));
        let (claim, paid_cents) = (Text::from(self.account), self.paid_cents);
        match self.disposition {
            ClaimDisposition::Posted | ClaimDisposition::Reversed => {
                let adjustments = self.adjustments.to_vec();
                let posting = ClaimPosting { claim, paid_cents, adjustments };
                ProviderEvent::ClaimAnswered { payer, trace, posting }
            }
            _ => ProviderEvent::ClaimUnidentified { payer, trace, claim, paid_cents },
        }
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
