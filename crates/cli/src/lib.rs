//! The commands of the counterfoil program.
//!
//! Data goes to standard output, talk to standard error; `--json` gives machines one object a
//! line. Exit codes: 0 done, 1 findings, 2 usage, 3 the operator must act, 4 a bug.

mod arguments;
mod claim;
mod console;
mod demo;
mod error;
mod files;
mod ledger;
mod member;
mod not_run;
mod office;
mod reference;
mod remit;
mod show_finding;
mod twin;
mod x12;

pub use console::{Console, Surroundings};
pub use counterfoil_base::{Date, add_days};
pub use reference::{command_names, commands_page, parses};

use arguments::{Arguments, Command};
use clap::Parser;
use error::CommandError;
use std::ffi::OsString;

/// What a command found, as the exit code tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; nothing to act on.
    Done,
    /// Done, and there are findings or exceptions to act on.
    Findings,
}

/// Runs one command line; returns the exit code.
pub fn run(words: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(refusal) => return show_usage(&refusal, console),
    };
    match dispatch(arguments.command, console) {
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

fn dispatch(command: Command, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    match command {
        Command::Claim(command) => claim::run(command, console),
        Command::Ledger(command) => ledger::run(command, console),
        Command::Member(command) => member::run(command, console),
        Command::Remit(command) => remit::run(command, console),
        Command::Twin(command) => twin::run(command, console),
        Command::X12(command) => x12::run(command, console),
        Command::Demo(options) => demo::run(&options, console),
    }
}
