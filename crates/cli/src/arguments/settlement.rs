//! `counterfoil settlement`: what its commands take.

use super::contract::RowsFile;
use super::{DataOption, PartnerOption, day};
use clap::{Args, Subcommand, ValueEnum};
use counterfoil_base::Date;
use counterfoil_settle::{Basis, Provisional};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SettlementCommand {
    /// Settle a year on one's own facts by the contract in force; nothing is said yet.
    #[command(
        before_help = "Examples:\n  \
        counterfoil settlement prepare shared_savings --year 2025 --facts results.csv --data plan",
        after_help = "Exit code 1: the partner has stated something else; the first fact or clause \
        where the two part is named."
    )]
    Prepare(SettlementPrepare),
    /// State what was prepared, by name: the signature or the countersignature of this side.
    #[command(before_help = "Examples:\n  \
        counterfoil settlement state shared_savings --year 2025 --by \"R. Alvarez\" --data plan")]
    State {
        #[command(flatten)]
        which: WhichSettlement,
        /// Who states it.
        #[arg(long, value_name = "PERSON")]
        by: String,
    },
    /// Settlements with partners: what each side states, whether it is the same, what is booked.
    #[command(
        before_help = "Examples:\n  \
        counterfoil settlement list --data plan",
        after_help = "Exit code 1: the two sides of a settlement differ."
    )]
    List {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a settlement.
        #[arg(long)]
        json: bool,
    },
    /// One settlement: the statements of its rows, ours or the partner's.
    #[command(before_help = "Examples:\n  \
        counterfoil settlement show shared_savings --year 2025 --data plan\n  \
        counterfoil settlement show shared_savings --year 2025 --theirs --statements theirs \
        --data plan")]
    Show {
        #[command(flatten)]
        which: WhichSettlement,
        /// What the partner states.
        #[arg(long)]
        theirs: bool,
        /// A folder to write the statement of each row into.
        #[arg(long, value_name = "FOLDER")]
        statements: Option<PathBuf>,
    },
    /// Book what both sides state; a named person may book this side's own statement.
    #[command(
        before_help = "Examples:\n  \
        counterfoil settlement book shared_savings --year 2025 --data plan\n  \
        counterfoil settlement book shared_savings --year 2025 --despite \"R. Alvarez\" \
        --reason \"arbitration of 12 May\" --data plan",
        after_help = "What was booked before is trued up: the books come to the last settlement, \
        each one once."
    )]
    Book {
        #[command(flatten)]
        which: WhichSettlement,
        /// Day of the entries, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        /// Who books it although the two sides do not agree.
        #[arg(long, value_name = "PERSON", requires = "reason")]
        despite: Option<String>,
        /// Why.
        #[arg(long, value_name = "WORDS", requires = "despite")]
        reason: Option<String>,
    },
}

/// A settlement of an organization.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhichSettlement {
    /// The contract's id.
    pub(crate) contract: String,
    /// The performance year.
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: i64,
    #[command(flatten)]
    pub(crate) partner: PartnerOption,
    #[command(flatten)]
    pub(crate) data: DataOption,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is settled.
#[derive(Clone, Debug, Args)]
pub(crate) struct SettlementPrepare {
    #[command(flatten)]
    pub(crate) which: WhichSettlement,
    /// The facts (CSV), with columns as the contract's facts.toml says.
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: PathBuf,
    /// Further rows that the contract names, such as practices or members (CSV).
    #[arg(long, value_name = "ROWS=FILE")]
    pub(crate) rows: Vec<RowsFile>,
    /// The day whose text settles the year, YYYY-MM-DD; needed when the year has several.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// The term that says what is paid; the last amount with a column when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) term: Option<String>,
    /// The answer of the year, or an advance on what is known so far.
    #[arg(long, value_enum, default_value = "final")]
    pub(crate) basis: BasisWord,
    /// For an advance: pay a share of an amount when a flag is set, for example
    /// standard_met:shared_savings:1/2.
    #[arg(long, value_name = "FLAG:AMOUNT:SHARE", value_parser = milestone)]
    pub(crate) milestone: Vec<Provisional>,
}

/// What a settlement is computed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BasisWord {
    /// The answer of the year.
    Final,
    /// An advance.
    Provisional,
}

impl From<BasisWord> for Basis {
    fn from(word: BasisWord) -> Basis {
        match word {
            BasisWord::Final => Basis::Final,
            BasisWord::Provisional => Basis::Provisional,
        }
    }
}

fn milestone(text: &str) -> Result<Provisional, String> {
    Provisional::parse(text)
        .ok_or_else(|| "write FLAG:AMOUNT:SHARE with a share from 0 to 1, such as 1/2".to_owned())
}
