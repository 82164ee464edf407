//! Contracts that both sides sign: their text beside their rules, numbers, cases and versions.

use super::{MatchState, Target, Tone};
use crate::figure::Figure;
use counterfoil_base::Date;

/// A version of a contract in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractRow {
    /// Opaque id.
    pub id: String,
    /// Its name, as its text says it.
    pub name: String,
    /// With whom.
    pub partner: String,
    /// Where it stands, with how that bears on the reader: `in force`.
    pub standing: (String, Tone),
    /// From when on it holds.
    pub effective_on: Date,
    /// Who has signed for us, empty when nobody has.
    pub ours: String,
    /// Who has signed for the partner, empty when nobody has.
    pub theirs: String,
    /// SHA-256 over the names and bytes of its files.
    pub digest: String,
}

/// A version of a contract with everything that can be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractView {
    /// Its line in the list.
    pub row: ContractRow,
    /// Whether both sides have signed the same.
    pub agreement: MatchState,
    /// Who has signed, and when.
    pub signatures: Vec<Signature>,
    /// What the viewer's organization can sign, or why it cannot.
    pub signing: Signing,
    /// Its clauses in the order of the text.
    pub clauses: Vec<Clause>,
    /// The numbers of each year.
    pub years: Vec<YearNumbers>,
    /// What the check of the contract found; empty when it is complete and consistent.
    pub findings: Vec<ContractFinding>,
    /// How many worked examples come out.
    pub cases_passed: Figure,
    /// How many there are.
    pub cases_all: Figure,
    /// The worked examples.
    pub cases: Vec<CaseLine>,
    /// Other versions of the contract between the same two, newest first.
    pub versions: Vec<ContractRow>,
    /// Settlements under this version.
    pub settlements: Vec<(String, Target)>,
}

/// A signature on a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Which party signed.
    pub party: String,
    /// True when that party is ours.
    pub is_ours: bool,
    /// The person who signed.
    pub by: String,
    /// When.
    pub at: String,
    /// What was signed.
    pub digest: String,
}

/// Whether the viewer's organization can sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// It has signed.
    Done,
    /// It can.
    Open {
        /// What happens then, in one sentence.
        effect: String,
    },
    /// It cannot, and why.
    Closed {
        /// Why, in one sentence.
        why: String,
    },
}

/// A clause: a heading, and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The heading.
    pub title: String,
    /// Its depth, from 1.
    pub level: u8,
    /// Words and rules in the order of the text; each rule beside the words before it.
    pub parts: Vec<ClausePart>,
}

/// Words, and the rule that means them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClausePart {
    /// Paragraphs; one that begins with `-` or a number and a point is an item of a list.
    pub words: Vec<String>,
    /// The rule in the contract language, empty where there are words alone.
    pub rule: String,
}

/// The numbers of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearNumbers {
    /// The year.
    pub year: i64,
    /// Its numbers.
    pub numbers: Vec<YearNumber>,
}

/// A number of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearNumber {
    /// The parameter, with the code that it holds for: `sharing_rate, track_1`.
    pub name: String,
    /// Its value.
    pub value: Figure,
    /// Its source.
    pub citation: String,
}

/// What the check of a contract found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractFinding {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// Its stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The place with the lines around it, as text.
    pub excerpt: String,
    /// Why it matters.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

/// A worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// Its file in the folder.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// What it expects: a term with its value, or a finding.
    pub expects: Vec<(String, String)>,
    /// What differs; empty when it comes out.
    pub differences: Vec<String>,
}

/// What is asked about two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesRequest {
    /// Opaque id of the older version; the one that was in force before when empty.
    pub against: String,
    /// The year to settle by both, when there are facts.
    pub year: String,
    /// A file of facts (CSV) as text.
    pub facts: String,
    /// Files of further rows by their names in the contract.
    pub rows: Vec<(String, String)>,
}

/// What changed between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesView {
    /// The newer version.
    pub new: ContractRow,
    /// The older version; nothing when there is no other.
    pub old: Option<ContractRow>,
    /// Versions to compare with.
    pub others: Vec<ContractRow>,
    /// What changed in words.
    pub changes: Vec<ChangeLine>,
    /// Years that both versions state.
    pub years: Vec<i64>,
    /// Further rows that the newer version reads, by name.
    pub rows: Vec<String>,
    /// What is wrong with the facts.
    pub findings: Vec<ContractFinding>,
    /// What changed in cents, when facts were given.
    pub cents: Option<AmountsChange>,
}

/// One change in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// What changed.
    pub head: String,
    /// What stood there.
    pub removed: Vec<String>,
    /// What stands there now.
    pub added: Vec<String>,
}

/// What two settlements of the same rows differ by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountsChange {
    /// Rows whose amount differs, or whose facts do.
    pub rows: Vec<AmountsRow>,
    /// How many differ.
    pub differing: Figure,
    /// How many have the same amount.
    pub same: Figure,
    /// The total of the old amounts.
    pub old: Figure,
    /// The total of the new ones.
    pub new: Figure,
    /// What providers receive more.
    pub provider: Figure,
    /// What the payer has more.
    pub payer: Figure,
}

/// A row that two settlements differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountsRow {
    /// Whom it is about.
    pub subject: String,
    /// The old amount; nothing when there was none.
    pub old: Option<Figure>,
    /// The new one.
    pub new: Option<Figure>,
    /// New less old.
    pub difference: Figure,
    /// The first fact or clause where the two part.
    pub first: String,
}
