//! `counterfoil x12`: check, show, round trip and survey of X12 files.

mod check;
mod roundtrip;
mod show;
mod survey;

use crate::Outcome;
use crate::arguments::X12Command;
use crate::console::Console;
use crate::error::CommandError;

pub(crate) fn run(command: X12Command, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    match command {
        X12Command::Check { file, options, write_999 } => {
            check::run(&file, &options, write_999.as_deref(), console)
        }
        X12Command::Show { file, options } => show::run(&file, &options, console),
        X12Command::Roundtrip { file, json, write } => {
            roundtrip::run(&file, json, write.as_deref(), console)
        }
        X12Command::Survey { folder, options } => survey::run(&folder, &options, console),
    }
}
