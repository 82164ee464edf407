//! The state of a claim: a fold over the claim's events of both halves (section 9).

use crate::body::{Body, Field, encode_fields};
use crate::hash::{Hash, sha256};
use counterfoil_base::{Cents, Text};

/// What an event says of a claim, in the few values that its state needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimFact {
    /// `claim.submitted`
    Submitted {
        /// What is charged.
        charge_cents: Cents,
    },
    /// `claim.received`
    Received {
        /// The payer's number for the claim.
        claim_control_number: Text,
    },
    /// `claim.rejected`
    Rejected,
    /// `claim.pended`
    Pended,
    /// `claim.decided`
    Decided {
        /// Approved or else denied.
        is_approved: bool,
        /// What the contract allows.
        allowed_cents: Cents,
        /// What the patient owes.
        patient_cents: Cents,
    },
    /// `claim.paid`
    Paid {
        /// What is paid.
        paid_cents: Cents,
    },
    /// `claim.reversed`
    Reversed {
        /// What is taken back, as a negative.
        paid_cents: Cents,
    },
    /// `claim.voided`
    Voided,
    /// `remittance.posted`
    RemittancePosted {
        /// What was posted as paid.
        paid_cents: Cents,
    },
    /// `dispute.opened`
    DisputeOpened,
    /// `dispute.answered`
    DisputeAnswered {
        /// The decision stands, or else is overturned.
        is_upheld: bool,
    },
    /// `dispute.closed`
    DisputeClosed,
}

impl ClaimFact {
    /// The fact that an event of a kind states; nothing for kinds that change no claim, and for
    /// bodies without the fields of the kind, which no half accepts.
    #[must_use]
    pub fn of(kind: &str, body: &Body) -> Option<ClaimFact> {
        let cents = |name: &str| body.integer(name).map(Cents);
        Some(match kind {
            "claim.submitted" => ClaimFact::Submitted { charge_cents: cents("charge_cents")? },
            "claim.received" => {
                let number = Text::from(body.text("claim_control_number")?);
                ClaimFact::Received { claim_control_number: number }
            }
            "claim.rejected" => ClaimFact::Rejected,
            "claim.pended" => ClaimFact::Pended,
            "claim.decided" => ClaimFact::Decided {
                is_approved: body.text("outcome")? == "approved",
                allowed_cents: cents("allowed_cents")?,
                patient_cents: cents("patient_cents")?,
            },
            "claim.paid" => ClaimFact::Paid { paid_cents: cents("paid_cents")? },
            "claim.reversed" => ClaimFact::Reversed { paid_cents: cents("paid_cents")? },
            "claim.voided" => ClaimFact::Voided,
            "remittance.posted" => ClaimFact::RemittancePosted { paid_cents: cents("paid_cents")? },
            "dispute.opened" => ClaimFact::DisputeOpened,
            "dispute.answered" => {
                ClaimFact::DisputeAnswered { is_upheld: body.text("outcome")? == "upheld" }
            }
            "dispute.closed" => ClaimFact::DisputeClosed,
            _ => return None,
        })
    }

    /// True for kinds of which this module makes facts.
    #[must_use]
    pub fn is_stated_by(kind: &str) -> bool {
        let known = ["claim.", "dispute.", "remittance."];
        known.iter().any(|start| kind.starts_with(start)) && crate::kinds::kind(kind).is_some()
    }
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nothing has been said that opens it.
    #[default]
    None,
    /// The provider has sent it.
    Submitted,
    /// The payer has it.
    Received,
    /// The payer's front door refused it.
    Rejected,
    /// A person has to look at it.
    Pended,
    /// To be paid.
    Approved,
    /// Not to be paid.
    Denied,
    /// Paid.
    Paid,
    /// A payment was taken back.
    Reversed,
    /// It counts no more.
    Voided,
}

impl Standing {
    /// The word in the state's field; empty for none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::None => "",
            Standing::Submitted => "submitted",
            Standing::Received => "received",
            Standing::Rejected => "rejected",
            Standing::Pended => "pended",
            Standing::Approved => "approved",
            Standing::Denied => "denied",
            Standing::Paid => "paid",
            Standing::Reversed => "reversed",
            Standing::Voided => "voided",
        }
    }
}

/// Where a dispute about a claim stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dispute {
    /// There has been none.
    #[default]
    None,
    /// Opened and not answered.
    Open,
    /// Answered: the decision stands; not closed.
    Upheld,
    /// Answered: the decision falls; not closed.
    Overturned,
    /// Closed.
    Closed,
}

impl Dispute {
    /// The word in the state's field; empty for none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Dispute::None => "",
            Dispute::Open => "open",
            Dispute::Upheld => "upheld",
            Dispute::Overturned => "overturned",
            Dispute::Closed => "closed",
        }
    }
}

/// Whether an event changed the state before which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It applied.
    Applied,
    /// It stays in the record and changes nothing but the count.
    OutOfTurn,
}

/// The state of a claim, the same on both sides. Times are milliseconds since
/// 1970-01-01T00:00:00Z and 0 for what has not been.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimState {
    /// Where the claim stands.
    pub standing: Standing,
    /// Where a dispute stands.
    pub dispute: Dispute,
    /// Of `claim.submitted`.
    pub charge_cents: Cents,
    /// Of the last `claim.decided`.
    pub allowed_cents: Cents,
    /// Of the last `claim.decided`.
    pub patient_cents: Cents,
    /// What was paid and not taken back.
    pub paid_cents: Cents,
    /// What the provider has posted of it.
    pub posted_cents: Cents,
    /// Of `claim.received`, or empty.
    pub claim_control_number: Text,
    /// How many payments and reversals applied.
    pub remitted: i64,
    /// How many postings applied.
    pub posted: i64,
    /// How many events were out of turn.
    pub out_of_turn: i64,
    /// Time of `claim.submitted`.
    pub submitted_at_ms: i64,
    /// Time of `claim.received`.
    pub received_at_ms: i64,
    /// Time of `claim.decided`.
    pub decided_at_ms: i64,
    /// Time of `claim.paid`.
    pub paid_at_ms: i64,
    /// Time of the last posting that applied.
    pub posted_at_ms: i64,
}

impl ClaimState {
    /// The state after an event with this time and fact; counts it when it is out of turn.
    pub fn apply(&mut self, time_ms: i64, fact: &ClaimFact) -> Turn {
        if self.applies(time_ms, fact).is_some() {
            return Turn::Applied;
        }
        // As many events as there are milliseconds in i64 cannot be held.
        self.out_of_turn = self.out_of_turn.saturating_add(1);
        Turn::OutOfTurn
    }

    /// Changes the state when the event applies; nothing, and no change, when it does not.
    fn applies(&mut self, time_ms: i64, fact: &ClaimFact) -> Option<()> {
        use Standing as S;
        let standing = self.standing;
        let when = |allowed: &[Standing]| allowed.contains(&standing).then_some(());
        let only_if = |condition: bool| condition.then_some(());
        match fact {
            ClaimFact::Submitted { charge_cents } => {
                // A clearing house may carry the file faster than the record tells of it: then
                // the payer has received the claim before its provider has said so.
                only_if(self.submitted_at_ms == 0)?;
                self.charge_cents = *charge_cents;
                self.submitted_at_ms = time_ms;
                if standing == S::None {
                    self.standing = S::Submitted;
                }
            }
            ClaimFact::Received { claim_control_number } => {
                when(&[S::None, S::Submitted])?;
                self.claim_control_number.clone_from(claim_control_number);
                self.received_at_ms = time_ms;
                self.standing = S::Received;
            }
            ClaimFact::Rejected => {
                when(&[S::None, S::Submitted, S::Received])?;
                self.standing = S::Rejected;
            }
            ClaimFact::Pended => {
                when(&[S::Received, S::Pended])?;
                self.standing = S::Pended;
            }
            ClaimFact::Decided { is_approved, allowed_cents, patient_cents } => {
                when(&[S::Received, S::Pended])?;
                self.allowed_cents = *allowed_cents;
                self.patient_cents = *patient_cents;
                self.decided_at_ms = time_ms;
                self.standing = if *is_approved { S::Approved } else { S::Denied };
            }
            ClaimFact::Paid { paid_cents } => {
                when(&[S::Approved, S::Denied])?;
                only_if(self.remitted == 0)?;
                self.remit(*paid_cents)?;
                self.paid_at_ms = time_ms;
                if standing == S::Approved {
                    self.standing = S::Paid;
                }
            }
            ClaimFact::Reversed { paid_cents } => {
                only_if(standing == S::Paid || standing == S::Denied && self.remitted > 0)?;
                self.remit(*paid_cents)?;
                self.standing = S::Reversed;
            }
            ClaimFact::Voided => {
                when(&[S::Received, S::Pended, S::Approved, S::Denied, S::Reversed])?;
                only_if(self.paid_cents.is_zero())?;
                self.standing = S::Voided;
            }
            ClaimFact::RemittancePosted { paid_cents } => {
                only_if(self.posted < self.remitted)?;
                self.posted_cents = self.posted_cents.checked_add(*paid_cents)?;
                self.posted += 1;
                self.posted_at_ms = time_ms;
            }
            ClaimFact::DisputeOpened
            | ClaimFact::DisputeAnswered { .. }
            | ClaimFact::DisputeClosed => self.dispute = self.dispute_after(fact)?,
        }
        Some(())
    }

    /// Counts a payment or reversal.
    fn remit(&mut self, paid_cents: Cents) -> Option<()> {
        self.paid_cents = self.paid_cents.checked_add(paid_cents)?;
        self.remitted += 1;
        Some(())
    }

    fn dispute_after(&self, fact: &ClaimFact) -> Option<Dispute> {
        let disputable = [Standing::Rejected, Standing::Denied, Standing::Paid, Standing::Reversed];
        match (fact, self.dispute) {
            (ClaimFact::DisputeOpened, Dispute::None | Dispute::Closed) => {
                disputable.contains(&self.standing).then_some(Dispute::Open)
            }
            (ClaimFact::DisputeAnswered { is_upheld }, Dispute::Open) => {
                Some(if *is_upheld { Dispute::Upheld } else { Dispute::Overturned })
            }
            (ClaimFact::DisputeClosed, Dispute::Open | Dispute::Upheld | Dispute::Overturned) => {
                Some(Dispute::Closed)
            }
            _ => None,
        }
    }

    /// The sixteen fields of the state, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        vec![
            Field::integer("allowed_cents", self.allowed_cents.0),
            Field::integer("charge_cents", self.charge_cents.0),
            Field::text("claim_control_number", self.claim_control_number.as_str()),
            Field::integer("decided_at", self.decided_at_ms),
            Field::text("dispute", self.dispute.word()),
            Field::integer("out_of_turn", self.out_of_turn),
            Field::integer("paid_at", self.paid_at_ms),
            Field::integer("paid_cents", self.paid_cents.0),
            Field::integer("patient_cents", self.patient_cents.0),
            Field::integer("posted", self.posted),
            Field::integer("posted_at", self.posted_at_ms),
            Field::integer("posted_cents", self.posted_cents.0),
            Field::integer("received_at", self.received_at_ms),
            Field::integer("remitted", self.remitted),
            Field::text("standing", self.standing.word()),
            Field::integer("submitted_at", self.submitted_at_ms),
        ]
    }

    /// The bytes of the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode_fields(&self.fields())
    }

    /// The hash by which two nodes see that they have the same state of a claim. The subject is
    /// one that an event can have, at most 160 bytes.
    #[must_use]
    pub fn hash(&self, subject: &str) -> Hash {
        let length = u8::try_from(subject.len()).unwrap_or(u8::MAX);
        let parts: [&[u8]; 4] =
            [b"counterfoil/twin/state/1\0", &[length], subject.as_bytes(), &self.encode()];
        sha256(&parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submitted() -> ClaimFact {
        ClaimFact::Submitted { charge_cents: Cents(10_000) }
    }

    fn received() -> ClaimFact {
        ClaimFact::Received { claim_control_number: Text::from("CCN1") }
    }

    fn decided(is_approved: bool) -> ClaimFact {
        let (allowed_cents, patient_cents) = (Cents(8_000), Cents(500));
        ClaimFact::Decided { is_approved, allowed_cents, patient_cents }
    }

    fn paid(cents: i64) -> ClaimFact {
        ClaimFact::Paid { paid_cents: Cents(cents) }
    }

    fn reversed(cents: i64) -> ClaimFact {
        ClaimFact::Reversed { paid_cents: Cents(cents) }
    }

    fn posted(cents: i64) -> ClaimFact {
        ClaimFact::RemittancePosted { paid_cents: Cents(cents) }
    }

    /// A line for each event: where the claim stands after it, `!` when it was out of turn.
    fn story(facts: &[ClaimFact]) -> (ClaimState, String) {
        let mut state = ClaimState::default();
        let mut words = Vec::new();
        for (time_ms, fact) in (1..).zip(facts) {
            let mark = if state.apply(time_ms, fact) == Turn::OutOfTurn { "!" } else { "" };
            let dispute = match state.dispute {
                Dispute::None => String::new(),
                other => format!("/{}", other.word()),
            };
            words.push(format!("{}{dispute}{mark}", state.standing.word()));
        }
        (state, words.join(" "))
    }

    #[test]
    fn a_claim_goes_from_submitted_to_posted() {
        let facts =
            [submitted(), received(), ClaimFact::Pended, decided(true), paid(7_500), posted(7_500)];
        let (state, words) = story(&facts);
        assert_eq!(words, "submitted received pended approved paid paid");
        assert_eq!((state.paid_cents, state.posted_cents), (Cents(7_500), Cents(7_500)));
        assert_eq!((state.remitted, state.posted, state.out_of_turn), (1, 1, 0));
        assert_eq!((state.submitted_at_ms, state.decided_at_ms, state.posted_at_ms), (1, 4, 6));
        assert_eq!(state.claim_control_number, "CCN1");
    }

    #[test]
    fn what_is_out_of_turn_changes_nothing_but_its_count() {
        for (facts, expected) in [
            (vec![submitted(), submitted()], "submitted submitted!"),
            (vec![received(), received()], "received received!"),
            (vec![ClaimFact::Rejected, submitted(), submitted()], "rejected rejected rejected!"),
            (vec![ClaimFact::Pended, decided(true), paid(1)], "! ! !"),
            (vec![submitted(), decided(true)], "submitted submitted!"),
            (
                vec![
                    submitted(),
                    received(),
                    decided(true),
                    paid(1),
                    paid(1),
                    posted(1),
                    posted(1),
                ],
                "submitted received approved paid paid! paid paid!",
            ),
            (
                vec![submitted(), received(), decided(false), paid(0), paid(0), reversed(0)],
                "submitted received denied denied denied! reversed",
            ),
            (
                vec![submitted(), received(), decided(true), paid(5), ClaimFact::Voided],
                "submitted received approved paid paid!",
            ),
            (
                vec![
                    submitted(),
                    received(),
                    decided(true),
                    paid(5),
                    reversed(-5),
                    posted(5),
                    posted(-5),
                    ClaimFact::Voided,
                ],
                "submitted received approved paid reversed reversed reversed voided",
            ),
            (vec![submitted(), ClaimFact::Rejected, received()], "submitted rejected rejected!"),
            (vec![ClaimFact::DisputeOpened, posted(1)], "! !"),
        ] {
            let (state, words) = story(&facts);
            assert_eq!(words, expected);
            assert_eq!(state.out_of_turn, words.matches('!').count() as i64);
        }
    }

    #[test]
    fn a_payer_may_have_the_claim_before_the_record_tells_of_it() {
        let facts =
            [received(), decided(true), submitted(), paid(7_500), submitted(), posted(7_500)];
        let (state, words) = story(&facts);
        assert_eq!(words, "received approved approved paid paid! paid");
        assert_eq!((state.charge_cents, state.submitted_at_ms), (Cents(10_000), 3));
        let (before, _) = story(&facts[..2]);
        assert_eq!((before.charge_cents, before.submitted_at_ms), (Cents(0), 0));
    }

    #[test]
    fn a_dispute_is_opened_answered_and_closed() {
        let answered = |is_upheld| ClaimFact::DisputeAnswered { is_upheld };
        let facts = [
            submitted(),
            received(),
            decided(false),
            answered(true),
            ClaimFact::DisputeOpened,
            ClaimFact::DisputeOpened,
            answered(false),
            answered(true),
            ClaimFact::DisputeClosed,
            ClaimFact::DisputeClosed,
            ClaimFact::DisputeOpened,
        ];
        let (_, words) = story(&facts);
        let expected = "submitted received denied denied! denied/open denied/open! \
                        denied/overturned denied/overturned! denied/closed denied/closed! \
                        denied/open";
        assert_eq!(words, expected);
    }

    #[test]
    fn a_sum_out_of_range_is_out_of_turn_and_changes_nothing() {
        let facts = [submitted(), received(), decided(true), paid(i64::MAX)];
        let (before, _) = story(&facts);
        let mut after = before.clone();
        assert_eq!(after.apply(9, &reversed(1)), Turn::OutOfTurn);
        assert_eq!(after, ClaimState { out_of_turn: 1, ..before });
    }

    #[test]
    fn the_fields_of_a_state_are_a_body_s_fields() {
        let fields = ClaimState::default().fields();
        assert!(fields.windows(2).all(|pair| pair[0].name < pair[1].name));
        let body = [[0; 32].as_slice(), &ClaimState::default().encode()].concat();
        assert_eq!(Body::decode(&body).unwrap().fields(), fields);
    }
}
