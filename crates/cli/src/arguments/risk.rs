//! `counterfoil risk`: what its commands take.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RiskCommand {
    /// Score people by the published model of the Centers for Medicare & Medicaid Services.
    #[command(
        before_help = "Examples:\n  \
        counterfoil risk score --model v28 --in people.jsonl --out scores.jsonl\n  \
        counterfoil risk score --model v24 --in people.jsonl --out scores.jsonl --explain",
        after_help = "One JSON object a line, in and out; scores are raw, before normalization and \
        coding adjustment.\nExit code 1: some lines are wrong or not for the model; the others \
        were scored."
    )]
    Score(ScoreOptions),
}

/// What is scored, by what, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct ScoreOptions {
    /// The model of payment year 2026: v22, v24, v28, or e21 for renal disease.
    #[arg(long)]
    pub(crate) model: String,
    /// People, one JSON object a line; `-` reads standard input.
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the scores are written; it is replaced when the run is done.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write every addend, the categories dropped and by which, and the diagnoses behind each.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print findings as JSON, one a line, and then the counts of the run.
    #[arg(long)]
    pub(crate) json: bool,
}
