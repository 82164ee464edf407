//! Who saw or changed what, and whether the record is whole.

use super::Target;
use crate::figure::Figure;
use jiff::Timestamp;

/// Something that a page does and that the record keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Account that did it; empty for a stranger who failed to sign in.
    pub account: String,
    /// Role under which it was allowed, empty when it was not.
    pub role: String,
    /// What: `read`, `export`, `decide`, `sign-in`, `refused`.
    pub action: &'static str,
    /// On what: `claim/<opaque id>`.
    pub subject: String,
    /// For which purpose.
    pub purpose: String,
    /// Which clause allowed or refused it.
    pub clause: String,
    /// The request, as error pages name it.
    pub request: String,
}

/// A row of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Opaque id.
    pub id: String,
    /// What was kept.
    pub event: AuditEvent,
    /// The page of the subject.
    pub target: Option<Target>,
}

/// Whether the record is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// When it was verified.
    pub at: Timestamp,
    /// How many events were verified.
    pub events: Figure,
    /// The first bad event in words; nothing when the record is whole.
    pub first_bad: Option<String>,
    /// Heads as each party signed them.
    pub heads: Vec<Head>,
}

/// The end of a party's record as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose record.
    pub party: String,
    /// How many events.
    pub size: Figure,
    /// Root hash, in hexadecimal.
    pub root: String,
    /// When the other party countersigned it; never when absent.
    pub countersigned: Option<Timestamp>,
}
