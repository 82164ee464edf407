//! Kept promises, from the record that both parties share.

use crate::figure::Figure;

/// A promise or a count of a relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRow {
    /// Opaque id.
    pub id: String,
    /// What is measured: `From receipt to decision`.
    pub promise: String,
    /// The other party.
    pub partner: String,
    /// Claims for which it happened.
    pub claims: Figure,
    /// Of how many claims; nothing when it is no share of others.
    pub of: Option<Figure>,
    /// The share of them in percent.
    pub share: Option<Figure>,
    /// Half of the claims took no longer, in days; nothing for what takes no time, or when it
    /// has happened for no claim.
    pub median: Option<Figure>,
    /// 95 of 100 claims took no longer, in days.
    pub p95: Option<Figure>,
}
