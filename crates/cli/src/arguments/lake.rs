//! `counterfoil lake`: what its commands take.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum LakeCommand {
    /// Put the rows of files into the lake; what cannot be read is kept aside and named.
    #[command(
        before_help = "Examples:\n  \
        counterfoil lake import claims/*.csv.gz --lake lake\n  \
        counterfoil lake import claims.parquet --table medical_claim --source \"plan A\"",
        after_help = "Files are CSV (comma, tab, bar or semicolon; plain or gzip) or Parquet with \
        the columns of the\nTuva Input Layer; `counterfoil lake describe` lists the tables. The \
        table is told by the columns.\nA file that was imported before changes nothing.\n\
        Exit code 1: some rows were kept aside, or a file was refused."
    )]
    Import(ImportOptions),
    /// Compute the tables of the lake from its imported rows.
    #[command(
        before_help = "Examples:\n  \
        counterfoil lake build --lake lake",
        after_help = "When nothing has changed since the last build, nothing is computed."
    )]
    Build(BuildOptions),
    /// Ask the lake a question in SQL.
    #[command(
        before_help = "Examples:\n  \
        counterfoil lake sql \"select * from readmission_rate\" --lake lake\n  \
        counterfoil lake sql --file question.sql --form csv --out answer.csv --lake lake",
        after_help = "Imported tables are input.NAME, computed tables have bare names. Questions \
        may read, not write."
    )]
    Sql(SqlOptions),
    /// Say what the lake's tables and columns mean.
    #[command(before_help = "Examples:\n  \
        counterfoil lake describe\n  \
        counterfoil lake describe member_month")]
    Describe(DescribeOptions),
    /// What was imported: rows, rows kept aside, findings, columns without a place.
    #[command(before_help = "Examples:\n  counterfoil lake imports --lake lake")]
    Imports(BuildOptions),
    /// Take the rows of a file out of the lake again; the file itself is left alone.
    #[command(before_help = "Examples:\n  counterfoil lake forget claims.csv --lake lake")]
    Forget(ForgetOptions),
}

/// What is taken out of the lake.
#[derive(Debug, clap::Args)]
pub(crate) struct ForgetOptions {
    /// Name of the file that was imported, or the number of the import.
    pub(crate) import: String,
    /// Folder of the lake.
    #[arg(long, default_value = "lake")]
    pub(crate) lake: PathBuf,
}

/// What is imported, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportOptions {
    /// Files; of a folder every file in it.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder of the lake; made when it is not there.
    #[arg(long, default_value = "lake")]
    pub(crate) lake: PathBuf,
    /// The table that takes the rows, instead of the one that the columns tell.
    #[arg(long)]
    pub(crate) table: Option<String>,
    /// The data source of rows that do not name one.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// One JSON object a line: findings, then what became of each file.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which lake.
#[derive(Debug, clap::Args)]
pub(crate) struct BuildOptions {
    /// Folder of the lake.
    #[arg(long, default_value = "lake")]
    pub(crate) lake: PathBuf,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The question, and the form of its answer.
#[derive(Debug, clap::Args)]
pub(crate) struct SqlOptions {
    /// The question: one SELECT.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(crate) question: Option<String>,
    /// File with the question.
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// Folder of the lake.
    #[arg(long, default_value = "lake")]
    pub(crate) lake: PathBuf,
    /// Form of the answer; parquet needs --out.
    #[arg(long, value_enum, default_value_t = AnswerForm::Table)]
    pub(crate) form: AnswerForm,
    /// File for the answer, instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// One JSON object a row, as with --form json.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerForm {
    /// A framed table.
    Table,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Json,
    /// A Parquet file.
    Parquet,
}

/// What is described.
#[derive(Debug, clap::Args)]
pub(crate) struct DescribeOptions {
    /// A table; without one, all tables in a line each.
    pub(crate) table: Option<String>,
    /// Show the SELECT that computes the table.
    #[arg(long)]
    pub(crate) sql: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}
