//! Every command and flag, each defined once.

pub(crate) mod contract;
pub(crate) mod lake;
mod member;
mod node;
mod risk;
mod rules;
pub(crate) mod settlement;
mod twin;

pub(crate) use member::MemberCommand;
pub(crate) use node::PairingCommand;
pub use node::{
    BackupOptions, DemoOptions, InitOptions, InviteOptions, JoinOptions, NodeCommand,
    PairedOptions, ReportOptions, RestoreOptions, ServeOptions,
};
pub(crate) use risk::{RiskCommand, ScoreOptions};
pub(crate) use rules::RulesCommand;
pub use twin::RoleWord;
pub(crate) use twin::{PartnerOption, TermsOptions, TwinCommand};

use clap::{Args, Parser, Subcommand};
use counterfoil_base::Date;
use std::path::PathBuf;

/// A day as people write it on a command line.
fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write an existing day as YYYY-MM-DD, for example 2025-01-31".into())
}

/// Claim to cash for payers and providers: check, adjudicate, pay, post and match to the cent.
#[derive(Debug, Parser)]
#[command(
    name = "counterfoil",
    version,
    before_help = "Examples:\n  \
        counterfoil demo\n  \
        counterfoil x12 check claims.837\n  \
        counterfoil claim check claims.837 --rules rules --rates rates --members members.csv\n  \
        counterfoil remit post payment.835 --bank bank.csv --data office"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a month between a plan, a hospital and a small practice, as three nodes.
    #[command(
        before_help = "Examples:\n  \
        counterfoil demo\n  \
        counterfoil demo --claims 10000 --dir month --headless",
        after_help = "Without --headless the three nodes go on until Ctrl-C; the same command \
        then goes on where it stopped."
    )]
    Demo(DemoOptions),
    /// Check claims before they are sent; adjudicate, decide and pay them.
    #[command(subcommand)]
    Claim(ClaimCommand),
    /// Post remittances and match the bank to them.
    #[command(subcommand)]
    Remit(RemitCommand),
    /// Look into the books.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// What members have used of their benefits.
    #[command(subcommand)]
    Member(MemberCommand),
    /// What people are expected to cost, by the payer's published model.
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Claims and clinical records of any source in one store; questions in SQL.
    #[command(subcommand)]
    Lake(lake::LakeCommand),
    /// People who may sign in to the pages.
    #[command(subcommand)]
    Account(AccountCommand),
    /// A payer's rule packs: publish them to partners, see which are in force.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// The record that payer and provider keep together: sign, exchange, verify, prove.
    #[command(subcommand)]
    Twin(TwinCommand),
    /// Write, check, sign, settle, compare and simulate a value contract.
    #[command(subcommand)]
    Contract(contract::ContractCommand),
    /// Settle a year with a partner by the contract in force: state, compare, book.
    #[command(subcommand)]
    Settlement(settlement::SettlementCommand),
    /// Read, check, show and survey X12 files of any transaction set.
    #[command(subcommand)]
    X12(X12Command),
    /// Make a node and pair it with partners.
    #[command(subcommand)]
    Node(PairingCommand),
    /// Run this organization's node until it is stopped.
    #[command(
        before_help = "Examples:\n  \
        counterfoil serve --data office",
        after_help = "SIGINT and SIGTERM stop it in order: exit code 0. Its configuration is \
        node.toml in the data folder."
    )]
    Serve(ServeOptions),
    /// Look for what would keep the node from working; each with its next step.
    #[command(
        before_help = "Examples:\n  \
        counterfoil doctor --data office",
        after_help = "Exit code 1: something has to be done."
    )]
    Doctor(ReportOptions),
    /// Copy a node while it runs: database, keys, configuration, documents.
    #[command(before_help = "Examples:\n  counterfoil backup --data office --to backups/office-1")]
    Backup(BackupOptions),
    /// Put a backup into an empty data folder, after checking every file of it.
    #[command(
        before_help = "Examples:\n  \
        counterfoil restore --from backups/office-1 --data office\n  \
        counterfoil restore --from backups/office-1 --data office \\\n      \
        --database postgresql:///counterfoil?host=/run/postgresql --schema office\n  \
        counterfoil restore --met-everyone --by \"Ida Fox\" --data office",
        after_help = "Until everyone was met, nothing is signed, sent, taken in, decided or paid.\n\
        Exit code 3: the backup is damaged, or the data folder or the schema is not empty."
    )]
    Restore(RestoreOptions),
}

/// The database of one organization.
#[derive(Clone, Debug, Args)]
pub struct DataOption {
    /// Folder that holds the organization's database.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}

/// What a payer decides with.
#[derive(Clone, Debug, Args)]
pub(crate) struct DeskOptions {
    /// Folder with plans, contracts, fee tables and payment.toml.
    #[arg(long, value_name = "DIR")]
    pub(crate) rates: PathBuf,
    /// Members and their coverage (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) members: PathBuf,
    /// Folder with the payer's rule packs and edit tables.
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Option<PathBuf>,
    /// Folder with code tables beside the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) tables: Option<PathBuf>,
    /// Day of the work, YYYY-MM-DD; today when absent.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClaimCommand {
    /// Will these claims be paid, and what must be corrected first?
    #[command(
        before_help = "Examples:\n  \
        counterfoil claim check claims.837 --rules rules\n  \
        counterfoil claim check claims.837 --rules rules --rates rates --members members.csv\n  \
        counterfoil claim check claims.837 --rules rules --json | head -1",
        after_help = "Exit code 1: a claim must be corrected before it is sent, or an error \
        lies outside all claims."
    )]
    Check {
        /// The 837P or 837I file.
        file: PathBuf,
        /// Folder with the payer's rule packs and edit tables.
        #[arg(long, value_name = "DIR")]
        rules: Option<PathBuf>,
        /// Folder with the payer's plans and contracts, to predict payments.
        #[arg(long, value_name = "DIR", requires = "members")]
        rates: Option<PathBuf>,
        /// Members and their coverage (CSV), to predict payments.
        #[arg(long, value_name = "FILE", requires = "rates")]
        members: Option<PathBuf>,
        /// What members have used so far, as the payer exports it.
        #[arg(long, value_name = "FILE", requires = "rates", conflicts_with = "payer_data")]
        accumulators: Option<PathBuf>,
        /// The payer's database, when it is at hand: predictions then know its history too.
        /// Nothing is changed in it.
        #[arg(long, value_name = "DIR", requires = "rates")]
        payer_data: Option<PathBuf>,
        /// Folder with code tables beside the built-in ones.
        #[arg(long, value_name = "DIR")]
        tables: Option<PathBuf>,
        /// Day on which the claims are sent, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        /// Book the clean claims as sent in this provider's database.
        #[arg(long, value_name = "DIR")]
        book: Option<PathBuf>,
        /// Write the claims that nothing holds back to this file.
        #[arg(long, value_name = "FILE")]
        clean: Option<PathBuf>,
        /// Print one JSON object a claim, and one with the totals at the end.
        #[arg(long)]
        json: bool,
    },
    /// Check a claim file by the payer's rules, hold the claims with errors, send the others.
    #[command(
        before_help = "Examples:\n  \
        counterfoil claim submit claims.837 --data office",
        after_help = "Exit code 1: claims are held back for a person. Exit code 3: nothing of the \
        file can be sent."
    )]
    Submit {
        /// The 837P or 837I file.
        file: PathBuf,
        #[command(flatten)]
        data: DataOption,
        /// Folder with the payer's rule packs and edit tables; `DATA/rules` when absent.
        #[arg(long, value_name = "DIR")]
        rules: Option<PathBuf>,
        /// Day on which it is sent, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Adjudicate a claim file: 999, 277CA, decisions, books, 835 and CCD+.
    #[command(
        before_help = "Examples:\n  \
        counterfoil claim adjudicate claims.837 --rates rates --members members.csv \\\n      \
        --rules rules --out out --data payer",
        after_help = "Exit code 1: claims were rejected, errors were found in the file, or it \
        holds no claims."
    )]
    Adjudicate {
        /// The 837P or 837I file.
        file: PathBuf,
        #[command(flatten)]
        desk: DeskOptions,
        /// Folder for the files that are written.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Folder of the payer's database; `OUT/data` when absent.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Decide only; pay later with `claim pay`.
        #[arg(long)]
        no_pay: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Pay everything that is decided: 835 and CCD+ files.
    #[command(before_help = "Examples:\n  \
        counterfoil claim pay --data payer --rates rates --out out")]
    Pay {
        #[command(flatten)]
        data: DataOption,
        /// Folder with payment.toml.
        #[arg(long, value_name = "DIR")]
        rates: PathBuf,
        /// Folder for the files that are written.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Day of the payment run, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write files that were issued (835, CCD+, 277CA, 999, TA1) again, byte for byte.
    #[command(before_help = "Examples:\n  \
        counterfoil claim rewrite-file ccd-20260203-0001.ach --data payer --out out\n  \
        counterfoil claim rewrite-file 202602031234567893001 --data payer --out out")]
    RewriteFile {
        /// Names of the files or, for an 835, trace numbers.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        data: DataOption,
        /// Folder for the files that are written.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// The claims that wait for a named person, with the reason.
    #[command(before_help = "Examples:\n  \
        counterfoil claim pended --data payer\n  \
        counterfoil claim pended --data payer --json | head -1")]
    Pended {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a claim.
        #[arg(long)]
        json: bool,
    },
    /// Decide a pended claim as a named person.
    #[command(before_help = "Examples:\n  \
        counterfoil claim decide 001234567890101 --data payer --rates rates \\\n      \
        --members members.csv --by \"Dana Reyes\" --verdict approve \\\n      \
        --reason \"records reviewed\"\n  \
        counterfoil claim decide 001234567890101 --data payer --rates rates \\\n      \
        --members members.csv --by \"Dana Reyes\" --verdict deny --carc 18 \\\n      \
        --reason \"sent twice\"")]
    Decide {
        /// The payer's claim control number.
        claim_control_number: String,
        #[command(flatten)]
        data: DataOption,
        #[command(flatten)]
        desk: DeskOptions,
        /// Name of the person who decides.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// What the person decides.
        #[arg(long, value_enum)]
        verdict: VerdictWord,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Claim adjustment reason code of a denial.
        #[arg(long, value_name = "CODE", required_if_eq("verdict", "deny"))]
        carc: Option<String>,
        /// Remittance advice remark code of a denial.
        #[arg(long, value_name = "CODE")]
        rarc: Option<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// One claim: where it stands, its money, and how every amount came about.
    #[command(before_help = "Examples:\n  \
        counterfoil claim show 001234567890101 --data payer\n  \
        counterfoil claim show PATIENT-1 --data payer --json")]
    Show {
        /// The payer's claim control number, or the provider's patient control number.
        number: String,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum VerdictWord {
    /// Pay as contract and benefits say.
    Approve,
    /// Pay nothing; needs --carc.
    Deny,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RemitCommand {
    /// Post 835 files to the receivables and match the bank to them.
    #[command(
        before_help = "Examples:\n  \
        counterfoil remit post payment.835 --bank bank.csv --data office\n  \
        counterfoil remit post june/*.835 --bank june.bai2 --data office --json\n  \
        counterfoil remit post payment.835 --data office --rates contract",
        after_help = "Exit code 1: a finding, an underpaid claim, or money that matches nothing."
    )]
    Post {
        /// 835 files; a file that was posted before posts nothing again.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Bank files: CSV, BAI2 or NACHA.
        #[arg(long, value_name = "FILE")]
        bank: Vec<PathBuf>,
        #[command(flatten)]
        data: DataOption,
        /// The bank files may be of another time than the remittances and statements on record.
        #[arg(long)]
        other_period: bool,
        /// Folder with the contract's rates: every paid line is held against them.
        #[arg(long, value_name = "DIR")]
        rates: Option<PathBuf>,
        /// Day of posting, YYYY-MM-DD; today when absent.
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Option<Date>,
        /// Print one JSON object, with every finding.
        #[arg(long)]
        json: bool,
    },
    /// Payments without money, money without payments, and every other exception.
    #[command(
        before_help = "Examples:\n  \
        counterfoil remit unmatched --data office\n  \
        counterfoil remit unmatched --data office --json",
        after_help = "Exit code 1: there are exceptions."
    )]
    Unmatched {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object an exception.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Every account with its sums; debits equal credits.
    #[command(
        before_help = "Examples:\n  \
        counterfoil ledger trial-balance --data payer",
        after_help = "Exit code 1: debits and credits differ."
    )]
    TrialBalance {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object an account.
        #[arg(long)]
        json: bool,
    },
    /// Every posting of an account, or about a claim (`claim:NUMBER`) or payment (`trace:NUMBER`).
    #[command(before_help = "Examples:\n  \
        counterfoil ledger show payer.claims_payable --data payer\n  \
        counterfoil ledger show claim:001234567890101 --data payer")]
    Show {
        /// Account as the trial balance names it, or a subject.
        account: String,
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object a posting.
        #[arg(long)]
        json: bool,
    },
    /// Read the whole book again: every entry balanced, every sum as kept.
    #[command(
        before_help = "Examples:\n  \
        counterfoil ledger verify --data payer",
        after_help = "Exit code 1: the book does not balance, or a sum differs from its postings."
    )]
    Verify {
        #[command(flatten)]
        data: DataOption,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add a person; the password is read from standard input, never from an argument.
    #[command(before_help = "Examples:\n  \
        counterfoil account add dana --role PO --data payer\n  \
        counterfoil account add lee --role PB --role CM --data office\n  \
        counterfoil account add kim --role PB --partner Clinic --data payer")]
    Add {
        /// The name under which the person signs in and which decisions bear.
        name: String,
        /// What the person does: PO payer operations, PB provider billing, CM contracts, QC
        /// quality, DS data science, CO compliance, AD administrator.
        #[arg(long, value_name = "ROLE", required = true)]
        role: Vec<String>,
        /// The partner for whom a guest works, by its name here; a guest sees what both
        /// organizations share.
        #[arg(long, value_name = "NAME")]
        partner: Option<String>,
        #[command(flatten)]
        data: DataOption,
    },
}

/// What X12 files are read with.
#[derive(Clone, Debug, Args)]
pub(crate) struct X12Options {
    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Folder with code tables to use beside the built-in ones (CSV, or CSV with gzip).
    #[arg(long, value_name = "DIR")]
    pub(crate) tables: Option<PathBuf>,
    /// Judge as a strict sender; the default judges as a lenient receiver.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Day of receipt, YYYY-MM-DD; today when absent.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum X12Command {
    /// Find what is wrong in a file: SNIP types 1 to 7, with position, cause and fix.
    #[command(
        before_help = "Examples:\n  \
        counterfoil x12 check claims.837\n  \
        counterfoil x12 check claims.837 --json --tables tables | head -3\n  \
        counterfoil x12 check claims.837 --write-999 answer.999",
        after_help = "Exit code 1: errors were found; warnings and notes alone give 0."
    )]
    Check {
        /// The X12 file; `-` reads standard input.
        file: PathBuf,
        #[command(flatten)]
        options: X12Options,
        /// Write the 999 (or TA1) that answers the file.
        #[arg(long, value_name = "FILE")]
        write_999: Option<PathBuf>,
    },
    /// Print a file as a tree of loops and segments, with each finding at its place.
    #[command(
        before_help = "Examples:\n  \
        counterfoil x12 show claims.837 | less\n  \
        counterfoil x12 show payment.835 --json",
        after_help = "Exit code 1: errors were found."
    )]
    Show {
        /// The X12 file; `-` reads standard input.
        file: PathBuf,
        #[command(flatten)]
        options: X12Options,
    },
    /// Parse a file and write it again: the same bytes, or the findings that say why not.
    #[command(
        before_help = "Examples:\n  \
        counterfoil x12 roundtrip claims.837\n  \
        counterfoil x12 roundtrip claims.837 --write copy.837",
        after_help = "Exit code 1: the file is not syntactically valid, or the bytes differ."
    )]
    Roundtrip {
        /// The X12 file; `-` reads standard input.
        file: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        /// Where to write what was parsed.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Account for every file under a folder: transactions, claims, findings, round trip.
    #[command(
        before_help = "Examples:\n  \
        counterfoil x12 survey samples\n  \
        counterfoil x12 survey samples --json > survey.jsonl",
        after_help = "Exit code 1: a syntactically valid file did not come back byte for byte."
    )]
    Survey {
        /// The folder, searched in depth.
        folder: PathBuf,
        #[command(flatten)]
        options: X12Options,
    },
}
