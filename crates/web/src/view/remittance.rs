//! Payments: what the bank says, what the 835 says, what the books say.

use super::{Target, TimelineEvent, Tone};
use crate::figure::Figure;
use counterfoil_base::Date;

/// Whether the money in the bank equals the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOutcome {
    /// Bank, 835 and books say the same.
    Balanced,
    /// Announced, not in the bank yet.
    Awaited,
    /// In the bank without an 835.
    Unexplained,
    /// They differ.
    Leftover,
}

impl MatchOutcome {
    /// The words that pages use, with their tone.
    #[must_use]
    pub fn words(self) -> (&'static str, Tone) {
        match self {
            MatchOutcome::Balanced => ("balanced", Tone::Good),
            MatchOutcome::Awaited => ("awaited", Tone::Moving),
            MatchOutcome::Unexplained => ("no 835 yet", Tone::Attention),
            MatchOutcome::Leftover => ("leftover", Tone::Attention),
        }
    }

    /// Every outcome.
    pub const ALL: [MatchOutcome; 4] = [
        MatchOutcome::Balanced,
        MatchOutcome::Awaited,
        MatchOutcome::Unexplained,
        MatchOutcome::Leftover,
    ];
}

/// A payment in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittanceRow {
    /// Opaque id.
    pub id: String,
    /// Trace number (TRN02), by which bank and 835 meet.
    pub trace: String,
    /// The other party.
    pub partner: String,
    /// Day of payment.
    pub paid_on: Date,
    /// What the bank says; nothing when it has said nothing.
    pub bank: Option<Figure>,
    /// What the 835 says; nothing when there is none.
    pub remitted: Option<Figure>,
    /// What the books say.
    pub posted: Figure,
    /// What is left over.
    pub leftover: Option<Figure>,
    /// In a word; nothing for those who may not see what the bank says.
    pub outcome: Option<MatchOutcome>,
}

/// A payment with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemittanceView {
    /// Its line in the list.
    pub row: RemittanceRow,
    /// Lines of the bank's file.
    pub bank: Vec<MoneyRow>,
    /// Claims and provider-level adjustments of the 835.
    pub remitted: Vec<MoneyRow>,
    /// Entries of the books.
    pub posted: Vec<MoneyRow>,
    /// Each cent that is left over, with its cause.
    pub leftovers: Vec<Leftover>,
    /// Money taken back, explained.
    pub take_backs: Vec<TakeBack>,
    /// What happened.
    pub timeline: Vec<TimelineEvent>,
}

/// A line with an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyRow {
    /// What it is.
    pub what: String,
    /// Its day.
    pub day: Date,
    /// How much.
    pub amount: Figure,
    /// Where to read on.
    pub target: Option<Target>,
}

/// Money left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// How much.
    pub amount: Figure,
    /// Why it is left.
    pub cause: String,
    /// What to do.
    pub next: String,
    /// Where to do it.
    pub target: Option<Target>,
}

/// Money taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeBack {
    /// How much.
    pub amount: Figure,
    /// Why, plain words first, code second.
    pub why: String,
    /// The claim or payment that it goes back to.
    pub target: Option<Target>,
}
