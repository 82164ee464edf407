//! Contracts and settlements as the pages show them, computed from their files and documents.
//!
//! Nothing here knows a database: the desk brings what the record says of a version or a
//! settlement, and takes the view together with the explanation of each of its figures.

mod changes;
mod contract;
mod downloads;
mod settlement;
mod simulation;

pub use changes::changes;
pub use contract::{contract, contract_row};
pub use downloads::settlement_file;
pub use settlement::{settlement, settlement_row};
pub use simulation::simulation;

use crate::book::{Book, Story, input, rule};
use counterfoil_base::{Date, Decimal, RuleReference, Severity};
use counterfoil_contract::{CONTRACT_FILE, Contract, ContractFiles, Problem};
use counterfoil_settle::{Differences, RowStatement};
use counterfoil_web::view::{
    ContractFinding, MatchState, OtherSide, Signature, Signing, Target, Tone,
};
use counterfoil_web::{Figure, FigureAddress};
use jiff::Timestamp;

/// The files of a version with what the contract language makes of them.
#[derive(Clone, Debug)]
pub struct LoadedContract {
    /// The files.
    pub files: ContractFiles,
    /// The contract; it can be computed when no problem is an error.
    pub contract: Contract,
    /// What the check found.
    pub problems: Vec<Problem>,
}

impl LoadedContract {
    /// Reads and checks the files.
    #[must_use]
    pub fn new(files: ContractFiles) -> LoadedContract {
        let (contract, problems) = Contract::load(&files);
        LoadedContract { files, contract, problems }
    }

    /// True when amounts can be computed by it.
    #[must_use]
    pub fn is_computable(&self) -> bool {
        !self.problems.iter().any(|problem| problem.finding.is_error())
    }

    /// The text that people read and sign.
    pub(crate) fn text(&self) -> &[u8] {
        self.files.get(CONTRACT_FILE).map_or(&[], Vec::as_slice)
    }
}

/// A version of a contract as the record tells it.
#[derive(Clone, Debug)]
pub struct VersionRecord {
    /// Opaque id.
    pub id: String,
    /// The contract's name.
    pub name: String,
    /// With whom.
    pub partner: String,
    /// Its digest, in hexadecimal.
    pub digest: String,
    /// From when on it holds.
    pub effective_on: Date,
    /// Where it stands, in words.
    pub standing: (String, Tone),
    /// Who has signed.
    pub signatures: Vec<Signature>,
    /// Whether both sides have signed the same.
    pub agreement: MatchState,
    /// What can be signed here.
    pub signing: Signing,
}

/// What one party says a settlement comes to.
#[derive(Clone, Debug)]
pub struct SideRecord {
    /// The party.
    pub party: String,
    /// Digest of its statement, in hexadecimal.
    pub digest: String,
    /// Digest of its facts.
    pub facts: String,
    /// In cents; paid to the provider when positive.
    pub amount_cents: i64,
    /// Who has signed it, and when; nothing when it is computed here and not signed yet.
    pub signed: Option<(String, Timestamp)>,
    /// The statements of its rows; nothing while they are not here.
    pub statements: Option<Vec<RowStatement>>,
}

impl SideRecord {
    /// Whether two sides say the same: the statement, and what is signed with it.
    #[must_use]
    pub fn is_same_as(&self, other: &SideRecord) -> bool {
        // The facts of what is computed here are read with its statements alone.
        let is_unread = self.facts.is_empty() || other.facts.is_empty();
        self.digest == other.digest
            && self.amount_cents == other.amount_cents
            && (is_unread || self.facts == other.facts)
    }
}

/// A settlement as the record tells it.
#[derive(Clone, Debug)]
pub struct SettlementRecord {
    /// Opaque id.
    pub id: String,
    /// Contract and period.
    pub name: String,
    /// With whom.
    pub partner: String,
    /// True when we are the payer.
    pub is_payer: bool,
    /// Provisional, final or restated.
    pub standing: (String, Tone),
    /// What we say.
    pub ours: Option<SideRecord>,
    /// What the partner says.
    pub theirs: Option<SideRecord>,
    /// The version that settled it.
    pub contract: Option<Target>,
    /// What the statement changes against the one that it replaces.
    pub differences: Option<Differences>,
    /// What can be signed here.
    pub signing: Signing,
    /// What was booked: what, in cents.
    pub posted: Vec<(String, i64)>,
}

/// A value in the words of a contract, explained where the source states it.
pub(crate) fn stated(book: &mut Book, words: &str, address: FigureAddress, story: Story) -> Figure {
    book.figure(Figure::stated(words, address), words, story)
}

/// A share in percent, as the simulation writes it: `12.34%`.
pub(crate) fn percent(
    book: &mut Book,
    words: &str,
    address: FigureAddress,
    story: Story,
) -> Figure {
    match Decimal::parse(words.trim_end_matches('%')) {
        Ok(value) => book.rate(value, "%", address, story),
        Err(_) => stated(book, words, address, story),
    }
}

/// A rule of a contract: its name there, the contract's digest, the clause.
pub(crate) fn contract_rule(id: &str, digest: &str, clause: &str) -> RuleReference {
    let version = format!("SHA-256 {digest}");
    RuleReference { id: id.to_owned(), version, citation: clause.to_owned() }
}

/// A count that the program itself makes.
pub(crate) fn counted(
    book: &mut Book,
    number: usize,
    address: FigureAddress,
    sentence: &str,
) -> Figure {
    let story = Story {
        sentence: sentence.to_owned(),
        formula: "counted one by one".to_owned(),
        rule: rule("count", "docs/reference/web.md"),
        inputs: vec![input("counted", &number.to_string(), "this page")],
        ..Story::default()
    };
    book.count(number as u64, address, story)
}

/// What is wrong with files of a contract, each with its excerpt.
pub(crate) fn findings(problems: &[Problem], files: &ContractFiles) -> Vec<ContractFinding> {
    let told = problems.iter().map(|problem| {
        let finding = &problem.finding;
        let text = files.get(&problem.file).map(|bytes| String::from_utf8_lossy(bytes));
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        ContractFinding {
            severity: severity.to_owned(),
            code: finding.code.to_string(),
            message: finding.message.to_string(),
            excerpt: match problem.span {
                Some(_) => excerpt(&problem.show(&text.unwrap_or_default())),
                None => problem.file.clone(),
            },
            cause: finding.cause.to_string(),
            fix: finding.fix.to_string(),
        }
    });
    told.collect()
}

/// The lines of a shown problem between its title and its notes, which a page shows apart.
fn excerpt(shown: &str) -> String {
    let lines = shown.lines().skip(1);
    let is_note = |line: &&str| line.trim_start().starts_with("= ");
    let kept: Vec<&str> = lines.take_while(|line| !is_note(line)).collect();
    kept.join("\n").trim_end_matches([' ', '|', '\n']).to_owned()
}

/// A moment in words: `2026-11-23 09:49 UTC`.
pub(crate) fn moment_words(at: Timestamp) -> String {
    at.strftime("%F %R UTC").to_string()
}

/// The partner's value of a figure, as far as it is known.
pub(crate) fn unknown(why: &str) -> Option<OtherSide> {
    Some(OtherSide::Unknown { why: why.to_owned() })
}
