//! The commands of a node: made, paired, run, looked after.

use super::{DataOption, RoleWord};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The longest time for which a code can be given out: 30 days.
const VALID_HOURS_MAX: i64 = 720;

/// A command for the program around the commands, which listens, dials and lives on.
#[derive(Debug)]
pub enum NodeCommand {
    /// Play a month between three nodes.
    Demo(DemoOptions),
    /// Make a data folder.
    Init(InitOptions),
    /// Make an invitation code.
    Invite(InviteOptions),
    /// Pair by a code.
    Join(JoinOptions),
    /// List partners.
    Peers(ReportOptions),
    /// Run the node.
    Serve(ServeOptions),
    /// Look for what keeps the node from working.
    Doctor(ReportOptions),
    /// Copy the node to a folder.
    Backup(BackupOptions),
    /// Put a copy into an empty data folder.
    Restore(RestoreOptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PairingCommand {
    /// Make a data folder with its keys, database and commented configuration.
    #[command(before_help = "Examples:\n  \
        counterfoil node init --data plan --role payer --name \"The Plan\"\n  \
        counterfoil node init --data office --role provider --name Clinic \\\n      \
        --pages 127.0.0.1:7081 --wire 127.0.0.1:7444")]
    Init(InitOptions),
    /// Make a code with which one partner can pair its node with this one.
    #[command(before_help = "Examples:\n  \
        counterfoil node invite --data plan --partner Clinic --identifier 1234567893")]
    Invite(InviteOptions),
    /// Pair this node with the one that gave the code.
    #[command(
        before_help = "Examples:\n  \
        counterfoil node join CODE --data office --partner Plan --identifier PLAN1",
        after_help = "Exit code 3: there is no pairing; the message says whether the code still \
        works."
    )]
    Join(JoinOptions),
    /// The nodes with which this one is paired, and how far both halves are.
    #[command(before_help = "Examples:\n  \
        counterfoil node peers --data office")]
    Peers(ReportOptions),
}

/// Fewer claims would tell no story, more would keep a newcomer waiting.
fn claims_of_a_demo() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(10..=200_000)
}

/// How the demo is played.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Folder for the three nodes and their files.
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub dir: PathBuf,
    /// Claims in the month; 1000, or those of the month that the folder holds, when absent.
    #[arg(long, value_parser = claims_of_a_demo())]
    pub claims: Option<u32>,
    /// Chooses everything that chance decides; 1, or that of the folder, when absent.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Keep the databases on a PostgreSQL server, each node in a schema of its own, at an address
    /// like postgresql:///counterfoil?host=/run/postgresql.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Start over: what an earlier demo left in the folder, and its schemas on a server, go.
    #[arg(long)]
    pub fresh: bool,
    /// Stop the nodes and end when the month is played.
    #[arg(long)]
    pub headless: bool,
    /// Print the summary as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// How a node is run.
#[derive(Debug, Args)]
pub struct ServeOptions {
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    /// Stop in order when standard input ends: for a program that runs the node.
    #[arg(long)]
    pub until_input_ends: bool,
}

/// A data folder and the form of the answer.
#[derive(Debug, Args)]
pub struct ReportOptions {
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// What a node is made with.
#[derive(Debug, Args)]
pub struct InitOptions {
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    /// What the organization is.
    #[arg(long, value_enum)]
    pub role: RoleWord,
    /// The organization's name, as partners read it.
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Where the pages are served, instead of 127.0.0.1:7080.
    #[arg(long, value_name = "ADDRESS")]
    pub pages: Option<String>,
    /// Where partners are answered, instead of 127.0.0.1:7443.
    #[arg(long, value_name = "ADDRESS")]
    pub wire: Option<String>,
    /// Keep the database on a PostgreSQL server, at an address like
    /// postgresql:///counterfoil?host=/run/postgresql.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The schema of that database to work in, made when it does not exist.
    #[arg(long, value_name = "NAME", requires = "database")]
    pub schema: Option<String>,
}

/// For whom a code is made.
#[derive(Debug, Args)]
pub struct InviteOptions {
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    #[command(flatten)]
    /// Who is invited.
    pub partner: PairedOptions,
    /// Hours for which the code can be used.
    #[arg(long, default_value_t = 24, value_parser =
        clap::value_parser!(u32).range(1..=VALID_HOURS_MAX))]
    pub valid_hours: u32,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A code and whose it is.
#[derive(Debug, Args)]
pub struct JoinOptions {
    /// The code; blanks, hyphens and lower case do not matter.
    pub code: String,
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    #[command(flatten)]
    /// Who gave the code.
    pub partner: PairedOptions,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Who the partner is here.
#[derive(Debug, Args)]
pub struct PairedOptions {
    /// What to call the partner here.
    #[arg(long, value_name = "NAME")]
    pub partner: String,
    /// For a payer: an NPI or tax number of the provider. For a provider: an identifier by which
    /// claims name the payer. May be given several times.
    #[arg(long = "identifier", value_name = "ID", required = true)]
    pub identifiers: Vec<String>,
}

/// What is copied where.
#[derive(Debug, Args)]
pub struct BackupOptions {
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    /// The folder to write; it must not exist, or be empty.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Which copy is put where.
#[derive(Debug, Args)]
pub struct RestoreOptions {
    /// The folder that `counterfoil backup` wrote.
    #[arg(long, value_name = "DIR", required_unless_present = "met_everyone")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    /// The data folder.
    pub data: DataOption,
    /// Put the rows on the PostgreSQL server at this address, wherever they were before; the
    /// configuration of the restored node names it from then on.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The schema of that database to work in, made when it does not exist.
    #[arg(long, value_name = "NAME", requires = "database")]
    pub schema: Option<String>,
    /// Say of a restored folder that a person has looked with every partner what was signed, sent
    /// and paid since the backup: work goes on.
    #[arg(long, requires = "by", conflicts_with = "from")]
    pub met_everyone: bool,
    /// The person who says so; the audit record keeps the name.
    #[arg(long, value_name = "NAME", requires = "met_everyone")]
    pub by: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
