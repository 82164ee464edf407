//! The life of a claim, as both sides speak of it.

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimState {
    /// Read from a file, not yet judged.
    Received,
    /// Returned to the sender before adjudication (999 or 277CA A3, A6 to A8).
    Rejected,
    /// Taken into adjudication (277CA A2).
    Accepted,
    /// Waits for a named person or for information, with a reason.
    Pended,
    /// Adjudicated with money or patient share to account for; not yet in a payment.
    Approved,
    /// Adjudicated to nothing payable for administrative reasons, or by a named person.
    Denied,
    /// In a payment with its remittance advice.
    Paid,
    /// Taken back by a reversal; a replacement may follow.
    Reversed,
    /// Voided by the provider (frequency code 8).
    Voided,
}

/// A step that the life of a claim does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusError {
    /// Where the claim stood.
    pub from: ClaimState,
    /// Where it was to go.
    pub to: ClaimState,
}

impl ClaimState {
    /// Every state, in the order of a claim's life.
    pub const ALL: [ClaimState; 9] = [
        ClaimState::Received,
        ClaimState::Rejected,
        ClaimState::Accepted,
        ClaimState::Pended,
        ClaimState::Approved,
        ClaimState::Denied,
        ClaimState::Paid,
        ClaimState::Reversed,
        ClaimState::Voided,
    ];

    /// The word that files, commands and pages use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ClaimState::Received => "received",
            ClaimState::Rejected => "rejected",
            ClaimState::Accepted => "accepted",
            ClaimState::Pended => "pended",
            ClaimState::Approved => "approved",
            ClaimState::Denied => "denied",
            ClaimState::Paid => "paid",
            ClaimState::Reversed => "reversed",
            ClaimState::Voided => "voided",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<ClaimState> {
        ClaimState::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The next state, or the refusal when a claim cannot go there from here.
    pub fn step(self, to: ClaimState) -> Result<ClaimState, StatusError> {
        use ClaimState::{
            Accepted, Approved, Denied, Paid, Pended, Received, Rejected, Reversed, Voided,
        };
        let allowed = matches!(
            (self, to),
            (Received, Rejected | Accepted)
                | (Accepted, Pended | Approved | Denied | Voided)
                | (Pended, Approved | Denied | Rejected | Voided)
                | (Approved, Paid | Voided)
                | (Paid | Denied, Reversed | Voided)
                | (Reversed, Voided)
        );
        if allowed { Ok(to) } else { Err(StatusError { from: self, to }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_states_one_to_one() {
        for state in ClaimState::ALL {
            assert_eq!(ClaimState::from_word(state.word()), Some(state));
        }
    }

    #[test]
    fn a_rejected_claim_is_never_paid() {
        let error = StatusError { from: ClaimState::Rejected, to: ClaimState::Paid };
        assert_eq!(ClaimState::Rejected.step(ClaimState::Paid), Err(error));
        assert_eq!(ClaimState::Approved.step(ClaimState::Paid), Ok(ClaimState::Paid));
    }
}
