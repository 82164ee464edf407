//! What the pages show, as plain values; whoever serves a desk fills them in.
//!
//! Money, counts and rates are [`Figure`]s. Personal values are [`Phi`]; ids are opaque and may
//! stand in addresses.
//!
//! [`Phi`]: counterfoil_base::Phi

mod audit;
mod check;
mod claim;
mod contract;
mod explain;
mod file;
mod held;
mod ledger;
mod node;
mod remittance;
mod scorecard;
mod settlement;
mod simulation;
mod work;

pub use audit::{AuditEvent, AuditRow, AuditVerdict, Head};
pub use check::{
    CheckRequest, CheckSource, CheckView, CheckedClaim, EditableField, StakedFinding, Verdict,
};
pub use claim::{
    ClaimRow, ClaimStanding, ClaimView, DecisionChoice, LineView, RecordState, Reduction,
};
pub use contract::{
    AmountsChange, AmountsRow, CaseLine, ChangeLine, ChangesRequest, ChangesView, Clause,
    ClausePart, ContractFinding, ContractRow, ContractView, Signature, Signing, YearNumber,
    YearNumbers,
};
pub use explain::{Explanation, ExplanationInput, OtherSide, SourceRow};
pub use file::{
    FileRow, FileStanding, FileView, FindingGroup, FindingPlace, RawSegment, RawView, Received,
    Upload,
};
pub use held::{HeldRow, HeldView};
pub use ledger::{AccountRow, AccountsView, EntryRow, EntryView, Flow, Posting};
pub use node::{AccountLine, Backup, KeyLine, LimitLine, NodeView, Peer, Queue};
pub use remittance::{Leftover, MatchOutcome, MoneyRow, RemittanceRow, RemittanceView, TakeBack};
pub use scorecard::ScoreRow;
pub use settlement::{
    DocumentForm, PartingView, SettlementRow, SettlementView, SideLine, StatementRow,
    StatementView, TermRow, WaterfallBar,
};
pub use simulation::{
    Assumption, BinView, DistributionView, EffectPoint, Odds, Share, SimulationReport,
    SimulationView, SweepPoint,
};
pub use work::{FoundItem, WorkItem};

use crate::figure::{Figure, encode};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Which side of the story an organization tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// A health plan.
    Payer,
    /// A practice, hospital or other care organization.
    Provider,
}

impl Side {
    /// `health plan` or `care organization`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Side::Payer => "health plan",
            Side::Provider => "care organization",
        }
    }
}

/// What a state means for the reader; it chooses colour and sign, the words say the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// Nothing to say.
    Plain,
    /// Done, and well.
    Good,
    /// On its way; nobody has to act.
    Moving,
    /// A person has to look.
    Attention,
    /// Refused: the software did its work and said no.
    Refused,
    /// Failed: something is broken.
    Failed,
}

/// Whether both sides hold the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchState {
    /// The same, with the hash that both computed.
    Equal {
        /// Hash of the state, in hexadecimal.
        hash: String,
    },
    /// Not the same.
    Differs {
        /// In how many events or rows.
        count: u64,
        /// The first of them, in words.
        first: String,
    },
    /// Not known now.
    Unknown {
        /// Why, in words.
        why: String,
    },
}

/// A thing with a page of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A claim by its opaque id.
    Claim(String),
    /// A file by its opaque id.
    File(String),
    /// A payment by its opaque id.
    Remittance(String),
    /// An account of the ledger by its code.
    Account(String),
    /// An entry of the ledger by its opaque id.
    Entry(String),
    /// A claim that waits at a provider to be corrected, by its opaque id.
    Held(String),
    /// All claims that wait at a provider to be corrected.
    HeldClaims,
    /// A version of a contract by its opaque id.
    Contract(String),
    /// A settlement by its opaque id.
    Settlement(String),
    /// The state of the node.
    Node,
}

impl Target {
    /// The address of its page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Target::Claim(id) => format!("/claims/{}", encode(id)),
            Target::File(id) => format!("/files/{}", encode(id)),
            Target::Remittance(id) => format!("/remittances/{}", encode(id)),
            Target::Account(code) => format!("/ledger/accounts/{}", encode(code)),
            Target::Entry(id) => format!("/ledger/entries/{}", encode(id)),
            Target::Held(id) => format!("/held/{}", encode(id)),
            Target::HeldClaims => "/held".to_owned(),
            Target::Contract(id) => format!("/contracts/{}", encode(id)),
            Target::Settlement(id) => format!("/settlements/{}", encode(id)),
            Target::Node => "/node".to_owned(),
        }
    }
}

/// Head of every page: whose node it is, how fresh it is, whether both sides agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The organization that runs the node.
    pub organization: String,
    /// Which side it is.
    pub side: Side,
    /// True when the data were generated; every page then says so.
    pub generated: bool,
    /// The moment up to which everything shown is true.
    pub as_of: Timestamp,
    /// Where it comes from: `own books and the twin record`.
    pub source: String,
    /// Each partner by name, and whether the halves agree.
    pub partners: Vec<(String, MatchState)>,
    /// What needs a person now; empty when nothing does.
    pub alarms: Vec<Alarm>,
}

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is, in one sentence.
    pub what: String,
    /// Who takes care of it.
    pub owner: String,
    /// By when.
    pub due: Option<counterfoil_base::Date>,
    /// What it is worth, when it is about money.
    pub worth: Option<Figure>,
    /// Where to act.
    pub target: Option<Target>,
}

/// Which rows of a list are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Filters by column, `q` for any word, `ids` for chosen rows (ids parted by commas); empty
    /// values are left out.
    pub filters: BTreeMap<String, String>,
    /// Column to sort by; the list's own order when absent.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u64,
    /// Rows wanted at most.
    pub limit: u32,
}

impl ListQuery {
    /// The filters as parts of an address, in the order of their names.
    #[must_use]
    pub fn filter_pairs(&self) -> Vec<(String, String)> {
        self.filters.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Rows of a list, with totals over the whole filtered set and never over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<R> {
    /// The rows that were asked for.
    pub rows: Vec<R>,
    /// How many rows the filter leaves.
    pub count: Figure,
    /// Total of each column that has one, by the column's name.
    pub totals: BTreeMap<&'static str, Figure>,
    /// The moment up to which it is true.
    pub as_of: Timestamp,
    /// Digest of the filtered set, so that two people can tell whether they saw the same.
    pub digest: String,
}

/// One event in the life of a claim, file or payment, told by one of the parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// When the author wrote it.
    pub at: Timestamp,
    /// Which party says it.
    pub by: String,
    /// True when that party is ours.
    pub is_ours: bool,
    /// What happened, in plain words.
    pub what: String,
    /// The standard's code for it, empty when there is none.
    pub code: String,
    /// More about it, empty when there is nothing more.
    pub detail: String,
    /// How it bears on the reader.
    pub tone: Tone,
    /// The amount that it is about.
    pub figure: Option<Figure>,
    /// Where to read on.
    pub target: Option<Target>,
    /// What would undo it, empty when nothing needs to.
    pub reversal: String,
}
