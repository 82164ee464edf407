//! `counterfoil contract`: what its commands take.

use super::{DataOption, PartnerOption, day};
use clap::{Args, Subcommand};
use counterfoil_base::Date;
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
        /// Folder for the statement of each row: a document (JSON) with every number and a digest.
        #[arg(long, value_name = "DIR")]
        statements: Option<PathBuf>,
        /// The term that says what is paid; the last amount with a column when absent.
        #[arg(long, value_name = "NAME", requires = "statements")]
        term: Option<String>,
        /// Print one JSON object a line of the statement.
        #[arg(long, conflicts_with = "out")]
        json: bool,
    },
    /// How a number came about: clause, formula with the numbers in place, inputs.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract explain statements/A1001.json\n  \
        counterfoil contract explain statements/A1001.json earned\n  \
        counterfoil contract explain contracts/medicare-shared-savings --year 2018 \
        --facts results-2018.csv --row 1 --term earned",
        after_help = "A statement opens by itself, a contract with the facts of a row. The term \
        comes first, then every term that it rests on."
    )]
    Explain(ContractExplain),
    /// What changed between two versions of a contract: in words, and in cents on given facts.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract diff contracts/signed contracts/proposed\n  \
        counterfoil contract diff contracts/signed contracts/proposed --year 2018 \
        --facts results-2018.csv\n  \
        counterfoil contract diff 3f8a21c0 contracts/proposed --data plan",
        after_help = "Exit code 1: the versions differ, or one of them has errors."
    )]
    Diff(ContractDiff),
    /// Begin a contract of one's own from one that the program carries.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract new contracts/north-star --from medicare-shared-savings",
        after_help = "Nothing is overwritten. A template that does not exist is refused with the \
        names of those that do."
    )]
    New {
        /// The folder to write; its name becomes the contract's.
        folder: PathBuf,
        /// The template.
        #[arg(long, value_name = "TEMPLATE")]
        from: String,
    },
    /// Are two statements, or two files of facts, the same? The first place where they part.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract compare ours/A1001.json theirs/A1001.json\n  \
        counterfoil contract compare ours.csv theirs.csv --year 2018 \
        --contract contracts/medicare-shared-savings",
        after_help = "Exit code 1: they part; the first fact or clause is named."
    )]
    Compare {
        /// A statement, or a file of facts (CSV).
        one: PathBuf,
        /// The other.
        other: PathBuf,
        /// Folder of the contract that reads the facts.
        #[arg(long, value_name = "FOLDER", requires = "year")]
        contract: Option<PathBuf>,
        /// The performance year of the facts.
        #[arg(long, value_name = "YEAR", requires = "contract")]
        year: Option<i64>,
        /// Print one JSON object a place, for statements one object.
        #[arg(long)]
        json: bool,
    },
    /// What re-issued facts change: a statement of differences, row by row and in total.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract restate contracts/medicare-shared-savings --year 2018 \
        --old results-2018.csv --new results-2018-corrected.csv --out differences.csv",
        after_help = "Exit code 1: something differs."
    )]
    Restate(ContractRestate),
    /// Draw thousands of years from stated assumptions: gain and loss of each party, and luck.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract simulate contracts/medicare-shared-savings \
        --assumptions group.toml\n  \
        counterfoil contract simulate contracts/medicare-shared-savings \
        --assumptions group.toml --sweep \"size=5,000 10,000 20,000\"",
        after_help = "The same assumptions and seed give the same bytes. \
        docs/reference/simulation.md shows how assumptions are written."
    )]
    Simulate(ContractSimulate),
    /// Statements as tables, a workbook or paper: every term, or every bar of the waterfalls.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract export statements --form waterfall --out waterfalls.csv\n  \
        counterfoil contract export statements/A1001.json --form pdf --out A1001.pdf\n  \
        counterfoil contract export statements --form xlsx --out statements.xlsx",
        after_help = "A folder stands for every statement in it, in the order of their names."
    )]
    Export(StatementExport),
    /// Sign a contract with a partner, or countersign what the partner has signed.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract sign contracts/shared-savings --from 2026 --by \"R. Alvarez\" \
        --data plan\n  \
        counterfoil contract sign 3f8a21c0 --by \"N. Weber\" --data office",
        after_help = "One signature proposes a contract; it is in force when both have signed the \
        same text for the same day. The node's key signs at its next look."
    )]
    Sign(ContractSign),
    /// Contracts with partners: who signed which text, and which is in force.
    #[command(
        before_help = "Examples:\n  \
        counterfoil contract list --data plan\n  \
        counterfoil contract list --on 2026-07-01 --data plan --json",
        after_help = "Exit code 1: signatures that do not fit together; each says why."
    )]
    List {
        /// The day that \"in force\" is asked for, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a text.
        #[arg(long)]
        json: bool,
    },
    /// The text of a contract that was signed, or that a partner proposes.
    #[command(before_help = "Examples:\n  \
        counterfoil contract show 3f8a21c0 --data office\n  \
        counterfoil contract show 3f8a21c0 --out contracts/proposed --data office")]
    Show {
        /// The contract's digest, or its first digits.
        contract: String,
        /// A folder to write its files into, which must not exist yet.
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a file.
        #[arg(long)]
        json: bool,
    },
}

/// A signature under a contract.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractSign {
    /// Folder of the contract, or the digest (its first digits) of a text that is here.
    pub(crate) contract: String,
    /// First day on which it holds, YYYY-MM-DD, or a year; that of the partner's proposal when
    /// absent.
    #[arg(long, value_name = "DAY", value_parser = day_or_year)]
    pub(crate) from: Option<Date>,
    /// Who signs.
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: String,
    /// Digest (its first digits) of the contract that it takes the place of.
    #[arg(long, value_name = "DIGEST", requires = "from")]
    pub(crate) replaces: Option<String>,
    #[command(flatten)]
    pub(crate) partner: PartnerOption,
    #[command(flatten)]
    pub(crate) data: DataOption,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A day, or the first day of a year.
fn day_or_year(text: &str) -> Result<Date, String> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_year { day(&format!("{text}-01-01")) } else { day(text) }
}

/// What `contract explain` opens.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractExplain {
    /// A statement, or the folder of a contract.
    pub(crate) statement: PathBuf,
    /// Of a statement: the number or name of a term; the statement in brief when absent.
    #[arg(conflicts_with = "facts")]
    pub(crate) number: Option<String>,
    /// Of a contract: the performance year.
    #[arg(long, value_name = "YEAR", requires = "facts")]
    pub(crate) year: Option<i64>,
    /// Of a contract: the facts (CSV), with columns as facts.toml says.
    #[arg(long, value_name = "FILE", requires_all = ["year", "row", "term"])]
    pub(crate) facts: Option<PathBuf>,
    /// Further rows that the contract names, such as practices or members (CSV).
    #[arg(long, value_name = "ROWS=FILE", requires = "facts")]
    pub(crate) rows: Vec<RowsFile>,
    /// Of a contract: the row; the first one below the heading is 1.
    #[arg(long, value_name = "NUMBER", requires = "facts")]
    pub(crate) row: Option<u64>,
    /// Of a contract: the term, by its name.
    #[arg(long, value_name = "NAME", requires = "facts")]
    pub(crate) term: Option<String>,
    /// Print one JSON object a term.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Two versions of a contract, and facts to settle by both.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractDiff {
    /// Folder of the old version; with --data also the first digits of a signed text's digest.
    pub(crate) old: PathBuf,
    /// Folder or digest of the new version.
    pub(crate) new: PathBuf,
    /// Folder that holds the organization's database, where a version is a signed text.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Facts (CSV) to settle by both versions.
    #[arg(long, value_name = "FILE", requires = "year")]
    pub(crate) facts: Option<PathBuf>,
    /// Further rows that the contract names, such as practices or members (CSV).
    #[arg(long, value_name = "ROWS=FILE", requires = "facts")]
    pub(crate) rows: Vec<RowsFile>,
    /// The performance year of the facts.
    #[arg(long, value_name = "YEAR", requires = "facts")]
    pub(crate) year: Option<i64>,
    /// The term that says what is paid; the last amount with a column when absent.
    #[arg(long, value_name = "NAME", requires = "facts")]
    pub(crate) term: Option<String>,
    /// Print one JSON object a change, then one a row, then the totals.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A contract, and facts that were issued twice.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractRestate {
    /// Folder with contract.md, params, facts.toml and cases.
    pub(crate) folder: PathBuf,
    /// The performance year.
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: i64,
    /// The facts as they were (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) old: PathBuf,
    /// The facts as they are now (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) new: PathBuf,
    /// Further rows that the contract names, such as practices or members (CSV).
    #[arg(long, value_name = "ROWS=FILE")]
    pub(crate) rows: Vec<RowsFile>,
    /// The term that says what is paid; the last amount with a column when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) term: Option<String>,
    /// The differences (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object a row, then the totals.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A contract and what to assume.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContractSimulate {
    /// Folder with contract.md, params, facts.toml and cases.
    pub(crate) folder: PathBuf,
    /// The assumptions (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) assumptions: PathBuf,
    /// Simulate once for each value of an assumption, fact or number of the contract.
    #[arg(long, value_name = "NAME=VALUES")]
    pub(crate) sweep: Option<String>,
    /// How many threads draw; they change nothing but the time. All processors when absent.
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object, for a sweep one a value.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Statements, and what to make of them.
#[derive(Clone, Debug, Args)]
pub(crate) struct StatementExport {
    /// Statements, or folders of them.
    #[arg(required = true)]
    pub(crate) statements: Vec<PathBuf>,
    /// What is written.
    #[arg(long, value_enum, value_name = "FORM", default_value = "terms")]
    pub(crate) form: ExportForm,
    /// Where it is written; a table (CSV) goes to standard output when absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What statements are exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ExportForm {
    /// A table (CSV) with a line a term: value, clause, formula, rounding.
    Terms,
    /// A table (CSV) with a line a bar of a waterfall.
    Waterfall,
    /// A workbook with a sheet each for statements, waterfall, numbers and facts.
    Xlsx,
    /// Pages to print or to keep: result, waterfall as a picture, numbers, facts.
    Pdf,
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
