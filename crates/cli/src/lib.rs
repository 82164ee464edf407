//! The commands of the counterfoil program.
//!
//! Data goes to standard output, talk to standard error; `--json` gives machines one object a
//! line. Exit codes: 0 done, 1 findings, 2 usage, 3 the operator must act, 4 a bug.

mod account;
mod arguments;
mod claim;
mod console;
mod contract;
mod error;
mod files;
mod lake;
mod ledger;
mod member;
mod not_run;
mod office;
mod reference;
mod remit;
mod risk;
mod rules;
mod settlement;
mod show_finding;
mod twin;
mod work;
mod x12;

pub use arguments::{
    BackupOptions, DataOption, DemoOptions, InitOptions, InviteOptions, JoinOptions, NodeCommand,
    PairedOptions, ReportOptions, RestoreOptions, RoleWord, ServeOptions,
};
pub use console::{Console, Surroundings};
pub use counterfoil_base::{Date, add_days};
pub use counterfoil_desk::DOCUMENTS;
pub use error::CommandError;
pub use ledger::dollars;
pub use reference::{command_names, commands_page, parses};
pub use remit::is_bank_statement;
pub use show_finding::sentence;
pub use twin::signing_key;
pub use work::{
    OfficeFolders, OwnPacks, PayerOffice, PostedFiles, ProviderOffice, WorkError, WorkErrorKind,
    page_engines, partner_of_answers, post_files, post_partner_file, write_submissions,
};

use arguments::{Arguments, Command, PairingCommand};
use clap::Parser;
use std::ffi::OsString;

/// What a command found, as the exit code tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; nothing to act on.
    Done,
    /// Done, and there are findings or exceptions to act on.
    Findings,
}

/// Does the commands of a node, which listen, dial and live on.
pub type NodeRunner<'a> =
    dyn FnMut(NodeCommand, &mut Console<'_>) -> Result<Outcome, CommandError> + 'a;

/// Runs one command line; returns the exit code.
pub fn run(
    words: impl IntoIterator<Item = OsString>,
    console: &mut Console<'_>,
    node: &mut NodeRunner<'_>,
) -> u8 {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(refusal) => return show_usage(&refusal, console),
    };
    match dispatch(arguments.command, console, node) {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Findings) => 1,
        Err(error) => {
            console.error(&error);
            error.exit_code()
        }
    }
}

/// Help goes to standard output with code 0; a refused command line to standard error with 2.
fn show_usage(refusal: &clap::Error, console: &mut Console<'_>) -> u8 {
    let text = refusal.render().to_string();
    if refusal.use_stderr() {
        console.say(text.trim_end());
        return 2;
    }
    console.print(text.trim_end());
    0
}

fn dispatch(
    command: Command,
    console: &mut Console<'_>,
    node: &mut NodeRunner<'_>,
) -> Result<Outcome, CommandError> {
    let command = match command {
        Command::Account(command) => return account::run(command, console),
        Command::Claim(command) => return claim::run(command, console),
        Command::Contract(command) => return contract::run(command, console),
        Command::Lake(command) => return lake::run(command, console),
        Command::Ledger(command) => return ledger::run(command, console),
        Command::Member(command) => return member::run(command, console),
        Command::Remit(command) => return remit::run(command, console),
        Command::Settlement(command) => return settlement::run(command, console),
        Command::Risk(command) => return risk::run(command, console),
        Command::Rules(command) => return rules::run(command, console),
        Command::Twin(command) => return twin::run(command, console),
        Command::X12(command) => return x12::run(command, console),
        Command::Demo(options) => NodeCommand::Demo(options),
        Command::Node(PairingCommand::Init(options)) => NodeCommand::Init(options),
        Command::Node(PairingCommand::Invite(options)) => NodeCommand::Invite(options),
        Command::Node(PairingCommand::Join(options)) => NodeCommand::Join(options),
        Command::Node(PairingCommand::Peers(options)) => NodeCommand::Peers(options),
        Command::Serve(options) => NodeCommand::Serve(options),
        Command::Doctor(options) => NodeCommand::Doctor(options),
        Command::Backup(options) => NodeCommand::Backup(options),
        Command::Restore(options) => NodeCommand::Restore(options),
    };
    node(command, console)
}
