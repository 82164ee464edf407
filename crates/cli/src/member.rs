//! `counterfoil member`: what members have used of their benefits.

use crate::arguments::MemberCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_operations::payer::{load_accumulators, write_accumulators};
use counterfoil_store::Side;
use serde_json::json;

pub(crate) fn run(
    command: MemberCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let MemberCommand::Accumulators { data, json } = command;
    let mut store = office::open_existing(&data.data, Side::Payer)?;
    let accumulators = store.transaction("read accumulators", load_accumulators)?;
    if !json {
        console.print_bytes(write_accumulators(&accumulators).as_bytes());
        return Ok(Outcome::Done);
    }
    for (key, amounts) in accumulators.sorted() {
        console.print_json(&json!({
            "holder": key.holder.expose().to_string(),
            "is_family": key.is_family,
            "plan_id": key.plan_id.to_string(),
            "year_from": key.year_from.to_string(),
            "in_network": key.in_network,
            "deductible_cents": amounts.deductible_cents.0,
            "out_of_pocket_cents": amounts.out_of_pocket_cents.0,
        }));
    }
    Ok(Outcome::Done)
}
