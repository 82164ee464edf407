//! `counterfoil rules`: what its commands take.

use super::{DataOption, day};
use clap::Subcommand;
use counterfoil_base::Date;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Publish a rule pack to partners, to be used from a day on; the payer's record signs it.
    #[command(
        before_help = "Examples:\n  \
        counterfoil rules publish pack.toml --effective 2026-01-01 --data plan\n  \
        counterfoil rules publish pack.toml --effective 2026-01-01 --partner Clinic --data plan",
        after_help = "Exit code 1: the pack has mistakes; nothing was published."
    )]
    Publish {
        /// The pack (pack.toml).
        file: PathBuf,
        /// First day on which claims are checked with it, YYYY-MM-DD.
        #[arg(long, value_name = "DAY", value_parser = day)]
        effective: Date,
        /// One partner by its name here; every partner when absent.
        #[arg(long, value_name = "NAME")]
        partner: Option<String>,
        #[command(flatten)]
        data: DataOption,
    },
    /// Every pack that was published in a record, and which are in force today.
    #[command(before_help = "Examples:\n  \
        counterfoil rules list --data office\n  \
        counterfoil rules list --on 2026-07-01 --data office --json")]
    List {
        /// The day of the check, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a pack.
        #[arg(long)]
        json: bool,
    },
}
