//! `counterfoil contract`: what its commands take.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// Is the contract complete and consistent: types, units, rules, years, numbers?
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract check contracts/medicare-shared-savings\n  \
        counterfoil contract check contracts/medicare-shared-savings --json",
        after_help = "Exit code 1: the contract has errors or warnings."
    )]
    Check(ContractFolder),
    /// Run the contract's worked examples.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract test contracts/medicare-shared-savings",
        after_help = "Exit code 1: an example does not come out, or the contract has errors."
    )]
    Test(ContractFolder),
    /// Settle a year: one line of the statement for each row of the facts, in their order.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract settle contracts/medicare-shared-savings --year 2018 \
        --facts results-2018.csv --out statement.csv",
        after_help = "Exit code 1: rows could not be computed; each is named with the reason, and \
        its amounts are empty."
    )]
    Settle {
        #[command(flatten)]
        facts: ContractFacts,
        /// The statement (CSV); standard output when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The statement of further rows (CSV): one line for each of them.
        #[arg(long, value_name = "ROWS=FILE")]
        rows_out: Vec<RowsFile>,
        /// Print one JSON object a line of the statement.
        #[arg(long, conflicts_with = "out")]
        json: bool,
    },
    /// How a number of a row came about: clause, formula with the numbers in place, inputs.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract explain contracts/medicare-shared-savings --year 2018 \
        --facts results-2018.csv --row 1 --term earned",
        after_help = "The term comes first, then every term that it rests on."
    )]
    Explain {
        #[command(flatten)]
        facts: ContractFacts,
        /// The row: the first one below the heading is 1.
        #[arg(long, value_name = "NUMBER")]
        row: u64,
        /// The term, by its name in the contract.
        #[arg(long, value_name = "NAME")]
        term: String,
        /// Print one JSON object a term.
        #[arg(long)]
        json: bool,
    },
}

/// A contract's folder.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractFolder {
    /// Folder with contract.md, params, facts.toml and cases.
    pub(crate) folder: PathBuf,
    /// Print one JSON object a finding or example.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A contract, a year and the facts of that year.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractFacts {
    /// Folder with contract.md, params, facts.toml and cases.
    pub(crate) folder: PathBuf,
    /// The performance year.
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: i64,
    /// The facts (CSV), with columns as facts.toml says.
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: PathBuf,
    /// Further rows that the contract names, such as practices or members (CSV).
    #[arg(long, value_name = "ROWS=FILE")]
    pub(crate) rows: Vec<RowsFile>,
}

/// Further rows by their name in the contract, and their file.
#[derive(Clone, Debug)]
pub(crate) struct RowsFile {
    pub(crate) rows: String,
    pub(crate) file: PathBuf,
}

impl FromStr for RowsFile {
    type Err = String;

    fn from_str(text: &str) -> Result<RowsFile, String> {
        match text.split_once('=') {
            Some((rows, file)) if !rows.is_empty() && !file.is_empty() => {
                Ok(RowsFile { rows: rows.to_owned(), file: PathBuf::from(file) })
            }
            _ => Err("name the rows and their file: practices=practices.csv".to_owned()),
        }
    }
}
