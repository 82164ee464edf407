//! What the pages ask of the node, as a narrow trait of plain values.
//!
//! Pages know no store and no engine: whoever runs the web layer implements [`Desk`] and
//! [`Accounts`]. Every call names its [`Viewer`], so that an implementation can answer only
//! with what that person's organization may see.

use crate::account::{Account, Role, StoredAccount};
use crate::figure::FigureAddress;
use crate::view::{
    AccountsView, AuditEvent, AuditRow, AuditVerdict, ChangesRequest, ChangesView, CheckRequest,
    CheckView, ClaimRow, ClaimView, ContractRow, ContractView, DocumentForm, EntryRow, EntryView,
    Explanation, FileRow, FileView, FoundItem, HeldRow, HeldView, ListQuery, Listing, NodeView,
    RawView, Received, RemittanceRow, RemittanceView, ScoreRow, SettlementRow, SettlementView,
    SimulationView, Standing, Upload, WorkItem,
};
use counterfoil_base::{Date, Phi};
use jiff::Timestamp;
use std::sync::Arc;

/// Who asks, in which role and for which purpose.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The account that is signed in.
    pub account: Arc<Account>,
    /// The role under which the policy allows the request.
    pub role: Role,
    /// The purpose of the request.
    pub purpose: String,
    /// The clause that allows it.
    pub clause: String,
    /// The request, as audit rows and error pages name it.
    pub request: String,
    /// The moment of the request.
    pub at: Timestamp,
    /// Today, where the organization is.
    pub today: Date,
}

/// What the desk answers when it cannot do what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskError {
    /// Which kind of trouble it is.
    pub kind: DeskErrorKind,
    /// What happened, in one sentence without personal data.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub next: String,
    /// What stayed as it was.
    pub unchanged: String,
}

/// Kinds of trouble, with their HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskErrorKind {
    /// Somebody else was quicker, or what is shown is out of date (409).
    Conflict,
    /// What was sent cannot be used (422).
    Invalid,
    /// It will work later: a full disk, a database that is away (503).
    Unavailable,
    /// A fault of the program (500).
    Failed,
}

impl DeskError {
    /// An error with what happened and why; the rest is filled by the `with` methods.
    #[must_use]
    pub fn new(kind: DeskErrorKind, what: &str, why: &str) -> DeskError {
        DeskError {
            kind,
            what: what.to_owned(),
            why: why.to_owned(),
            next: String::new(),
            unchanged: String::new(),
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn next(mut self, next: &str) -> DeskError {
        next.clone_into(&mut self.next);
        self
    }

    /// Says what stayed as it was.
    #[must_use]
    pub fn unchanged(mut self, unchanged: &str) -> DeskError {
        unchanged.clone_into(&mut self.unchanged);
        self
    }
}

/// Something that changed, for pages that are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    /// Global number; each is larger than the one before.
    pub id: u64,
    /// What it is about: `claim/<opaque id>`, `file/<opaque id>`, `work`.
    pub subject: String,
    /// One sentence without personal data, for screen readers.
    pub words: String,
}

/// A decision by a named person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Opaque id of the claim.
    pub claim: String,
    /// Version of the claim that the person saw.
    pub version: u64,
    /// Which of the choices.
    pub choice: String,
    /// The person's reason.
    pub reason: Phi<String>,
}

/// Shorthand for answers of the desk.
pub type Answer<T> = Result<T, DeskError>;

/// What the pages ask.
///
/// An object that is absent and one that belongs to a stranger are both `None`. Lists hold only
/// what the viewer may see. Every method may block; it is called off the event loop.
pub trait Desk: Send + Sync + 'static {
    /// Head of every page.
    fn standing(&self, viewer: &Viewer) -> Answer<Standing>;

    /// What waits for a person, the most urgent money first.
    fn work(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<WorkItem>>;

    /// Files in and out.
    fn files(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<FileRow>>;
    /// One file.
    fn file(&self, viewer: &Viewer, id: &str) -> Answer<Option<FileView>>;
    /// Segments of a file from a 1-based number on.
    fn file_raw(&self, viewer: &Viewer, id: &str, from: u64, count: u32)
    -> Answer<Option<RawView>>;
    /// Takes an upload over.
    fn receive(&self, viewer: &Viewer, upload: &Upload) -> Answer<Received>;
    /// Sends a file again.
    fn resend(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>>;

    /// Claims.
    fn claims(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ClaimRow>>;
    /// One claim.
    fn claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<ClaimView>>;
    /// Decides a pended claim; a conflict when it has changed since it was shown.
    fn decide(&self, viewer: &Viewer, decision: &Decision) -> Answer<Option<()>>;
    /// Checks claims before they are sent.
    fn check(&self, viewer: &Viewer, request: &CheckRequest) -> Answer<Option<CheckView>>;

    /// Claims that wait at a provider to be corrected.
    fn held(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<HeldRow>>;
    /// One of them, also one that waits no more.
    fn held_claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<HeldView>>;
    /// Says by the viewer's name that it will not be sent; a conflict when somebody was quicker.
    fn withdraw_held(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>>;

    /// Promises kept, by partner.
    fn scorecard(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ScoreRow>>;

    /// Payments.
    fn remittances(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<RemittanceRow>>;
    /// One payment.
    fn remittance(&self, viewer: &Viewer, id: &str) -> Answer<Option<RemittanceView>>;

    /// The accounts of the books.
    fn accounts(&self, viewer: &Viewer) -> Answer<AccountsView>;
    /// Entries, also filtered by `account`.
    fn entries(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<EntryRow>>;
    /// One entry.
    fn entry(&self, viewer: &Viewer, id: &str) -> Answer<Option<EntryView>>;

    /// Versions of contracts with partners.
    fn contracts(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ContractRow>>;
    /// One version.
    fn contract(&self, viewer: &Viewer, id: &str) -> Answer<Option<ContractView>>;
    /// What changed against another version, in words, and in cents when there are facts.
    fn changes(
        &self,
        viewer: &Viewer,
        id: &str,
        request: &ChangesRequest,
    ) -> Answer<Option<ChangesView>>;
    /// What a contract pays over drawn years, by assumptions in the form of an address.
    fn simulate(
        &self,
        viewer: &Viewer,
        id: &str,
        assumptions: &[(String, String)],
    ) -> Answer<Option<SimulationView>>;
    /// Signs a version by the viewer's name; a conflict when its digest is not the one that the
    /// person saw.
    fn sign_contract(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>>;

    /// Settlements.
    fn settlements(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<SettlementRow>>;
    /// One settlement with one of its rows in full, the first when none is named.
    fn settlement(
        &self,
        viewer: &Viewer,
        id: &str,
        row: Option<u64>,
    ) -> Answer<Option<SettlementView>>;
    /// The statement of a settlement as a file.
    fn settlement_file(
        &self,
        viewer: &Viewer,
        id: &str,
        form: DocumentForm,
    ) -> Answer<Option<Vec<u8>>>;
    /// Signs our statement by the viewer's name; a conflict when its digest is not the one that
    /// the person saw.
    fn sign_settlement(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>>;

    /// The record of who saw or changed what.
    fn audit(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<AuditRow>>;
    /// Verifies the record anew.
    fn verify(&self, viewer: &Viewer) -> Answer<AuditVerdict>;
    /// Keeps an event; when it cannot be kept, what it is about does not happen.
    fn keep(&self, event: &AuditEvent) -> Answer<()>;

    /// The health of the node.
    fn node(&self, viewer: &Viewer) -> Answer<NodeView>;

    /// Everything with this id, number or digest: claim, payment, check, file, account, entry.
    fn find(&self, viewer: &Viewer, text: &str) -> Answer<Vec<FoundItem>>;
    /// Why a figure is what it is.
    fn explain(&self, viewer: &Viewer, address: &FigureAddress) -> Answer<Option<Explanation>>;

    /// What changed after an event, at most `limit` events, oldest first.
    fn live_after(&self, viewer: &Viewer, after: u64, limit: u32) -> Answer<Vec<LiveEvent>>;

    /// The form that a person left unfinished, as it was encoded.
    fn draft(&self, account: &Account, form: &str) -> Answer<Option<Phi<String>>>;
    /// Keeps an unfinished form, or forgets it.
    fn keep_draft(&self, account: &Account, form: &str, fields: Option<Phi<String>>) -> Answer<()>;
}

/// Who may sign in.
pub trait Accounts: Send + Sync + 'static {
    /// The account with this name for signing in.
    fn account(&self, name: &str) -> Answer<Option<StoredAccount>>;
    /// The accounts with a new time of signing in.
    fn signed_in(&self, account: &Account, at: Timestamp) -> Answer<()>;
}
