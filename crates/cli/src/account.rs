//! `counterfoil account add`: people who may sign in to the pages of a data folder.

use crate::arguments::AccountCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_base::Phi;
use counterfoil_desk::{OfficeError, add_account, add_guest};
use counterfoil_web::Role;
use std::io::{BufRead, Read};

/// Bytes of a password that are read at most.
const PASSWORD_BYTES_MAX: u64 = 4_096;

pub(crate) fn run(
    command: AccountCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let AccountCommand::Add { name, role, partner, data } = command;
    let roles: Result<Vec<Role>, CommandError> = role.iter().map(|word| role_of(word)).collect();
    let roles = roles?;
    let mut store = office::open_any(&data.data)?;
    let password = password(console)?;
    let chance = console.random();
    let added = match &partner {
        None => add_account(&mut store, &name, &roles, &password, chance),
        Some(partner) => add_guest(&mut store, (&name, partner), &roles, &password, chance),
    };
    added.map_err(refused)?;
    console.say(&format!("{} may sign in", name.trim()));
    Ok(Outcome::Done)
}

fn role_of(word: &str) -> Result<Role, CommandError> {
    Role::of_letters(&word.to_uppercase()).ok_or_else(|| {
        let known: Vec<String> = Role::ALL
            .into_iter()
            .map(|role| format!("{} {}", role.letters(), role.words()))
            .collect();
        let hint = format!("nothing was changed; the roles are: {}", known.join(", "));
        CommandError::usage(format!("{word} is no role"), hint)
    })
}

/// One line of standard input: a password in an argument would stand in the list of processes.
fn password(console: &mut Console<'_>) -> Result<Phi<String>, CommandError> {
    console.say("password, at least 12 characters, on standard input (it is shown as you type):");
    let mut line = String::new();
    let read = std::io::stdin().lock().take(PASSWORD_BYTES_MAX).read_line(&mut line);
    read.map_err(|cause| CommandError::operator(cause, "nothing was changed"))?;
    Ok(Phi::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn refused(error: OfficeError) -> CommandError {
    match error {
        OfficeError::Store(error) => error.into(),
        OfficeError::Refused(why) => CommandError::usage(why, "nothing was changed"),
    }
}
