//! Settlements: what both owe each other, from benchmark to payment, and where they differ.

use super::{AmountsChange, MatchState, Signing, Target, Tone};
use crate::figure::Figure;

/// A settlement in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// Opaque id.
    pub id: String,
    /// The contract and the period: `pay_for_performance 2026`.
    pub name: String,
    /// With whom.
    pub partner: String,
    /// Provisional, final or restated, with how that bears on the reader.
    pub standing: (String, Tone),
    /// Whether both sides hold the same, in words.
    pub agreement: (String, Tone),
    /// What we say; paid to the provider when positive.
    pub ours: Option<Figure>,
    /// What the partner says.
    pub theirs: Option<Figure>,
    /// Theirs less ours, when both are known.
    pub difference: Option<Figure>,
}

/// A settlement with both sides' statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementView {
    /// Its line in the list.
    pub row: SettlementRow,
    /// The contract that settled it.
    pub contract: Option<Target>,
    /// Who pays whom, in one sentence.
    pub direction: String,
    /// Whether both statements are the same.
    pub agreement: MatchState,
    /// Where the two part first; nothing when they are the same or one is missing.
    pub parting: Option<PartingView>,
    /// What each party says.
    pub sides: Vec<SideLine>,
    /// What the viewer's organization can sign, or why it cannot.
    pub signing: Signing,
    /// Rows of the statement: whom each is about and what it comes to.
    pub rows: Vec<StatementRow>,
    /// The row that is shown in full.
    pub shown: Option<StatementView>,
    /// What the statement changes against the one that it replaces.
    pub differences: Option<AmountsChange>,
    /// What was booked.
    pub posted: Vec<(String, Figure)>,
}

/// What one party says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideLine {
    /// Which party.
    pub party: String,
    /// True when that party is ours.
    pub is_ours: bool,
    /// Its amount.
    pub amount: Option<Figure>,
    /// Digest of its statement, empty when it has said nothing.
    pub statement: String,
    /// Digest of its facts.
    pub facts: String,
    /// When it said so.
    pub at: String,
}

/// Where two statements part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartingView {
    /// Whom the row is about.
    pub subject: String,
    /// What it is: a fact, further rows, a term.
    pub what: String,
    /// The clause of a term.
    pub clause: String,
    /// What we say.
    pub ours: String,
    /// What the partner says.
    pub theirs: String,
}

/// A row of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// Its place, from 1.
    pub number: u64,
    /// Whom it is about.
    pub subject: String,
    /// What it comes to; nothing when it could not be computed.
    pub amount: Option<Figure>,
}

/// One row of a statement in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementView {
    /// Its place, from 1.
    pub number: u64,
    /// Whom it is about.
    pub subject: String,
    /// The term that says what is paid.
    pub term: String,
    /// From the first amount to the payment.
    pub waterfall: Vec<WaterfallBar>,
    /// What the bars sum to.
    pub total: Option<Figure>,
    /// Every number, what it rests on before it.
    pub terms: Vec<TermRow>,
    /// The facts.
    pub facts: Vec<(String, Figure)>,
    /// Why amounts are missing.
    pub problems: Vec<String>,
    /// Digest of the statement.
    pub digest: String,
}

/// A bar of the waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterfallBar {
    /// What does it.
    pub label: String,
    /// The clause.
    pub clause: String,
    /// What it adds.
    pub amount: Figure,
    /// Where the sum stands after it.
    pub level: Figure,
}

/// A number of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRow {
    /// Its number, from 1.
    pub number: u64,
    /// Its name in the contract.
    pub name: String,
    /// Its value.
    pub value: Figure,
    /// The clause that says so.
    pub clause: String,
    /// The rounding, empty without one.
    pub rounding: String,
}

/// The form of a downloaded statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentForm {
    /// The document itself, with its digest.
    Json,
    /// Every number, one line each.
    Terms,
    /// The bars of the waterfall, one line each.
    Waterfall,
    /// Numbers, steps and facts as sheets of a workbook.
    Workbook,
    /// Pages to print or to keep.
    Paper,
}

impl DocumentForm {
    /// Every form.
    pub const ALL: [DocumentForm; 5] = [
        DocumentForm::Json,
        DocumentForm::Terms,
        DocumentForm::Waterfall,
        DocumentForm::Workbook,
        DocumentForm::Paper,
    ];

    /// Its name in addresses, its file's name, and its media type.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            DocumentForm::Json => ("json", "statement.json", "application/json"),
            DocumentForm::Terms => ("terms", "terms.csv", "text/csv; charset=utf-8"),
            DocumentForm::Waterfall => ("waterfall", "waterfall.csv", "text/csv; charset=utf-8"),
            DocumentForm::Workbook => (
                "xlsx",
                "statement.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            DocumentForm::Paper => ("pdf", "statement.pdf", "application/pdf"),
        }
    }
}
