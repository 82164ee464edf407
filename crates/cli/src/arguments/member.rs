//! `counterfoil member`: what its commands take.

use super::DataOption;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// Print deductibles and out-of-pocket amounts as the file that `claim check` starts from.
    #[command(before_help = "Examples:\n  \
        counterfoil member accumulators --data payer > accumulators.csv\n  \
        counterfoil member accumulators --data payer --json")]
    Accumulators {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a row instead of CSV.
        #[arg(long)]
        json: bool,
    },
}
