//! `counterfoil member`: what members have used of their benefits.

use crate::arguments::MemberCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_operations::payer::{load_accumulators, write_accumulators};

pub(crate) fn run(
    command: MemberCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let MemberCommand::Accumulators { data } = command;
    let mut store = office::open_existing(&data.data)?;
    let accumulators = store.transaction("read accumulators", load_accumulators)?;
    console.print_bytes(write_accumulators(&accumulators).as_bytes());
    Ok(Outcome::Done)
}
