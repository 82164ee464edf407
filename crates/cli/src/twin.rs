//! `counterfoil twin`: the record that payer and provider keep, each its own half.

mod compare;
mod keys;
mod record;
mod show;
mod verify;

pub use keys::load as signing_key;

use crate::Outcome;
use crate::arguments::{PartnerOption, TwinCommand};
use crate::console::Console;
use crate::error::CommandError;
use counterfoil_base::{Date, add_days};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relation_with, relations};
use counterfoil_store::Store;

pub(crate) fn run(
    command: TwinCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        TwinCommand::Key { data, json } => keys::show(&data.data, json, console),
        TwinCommand::Open { data, terms, json } => record::open(&data.data, &terms, json, console),
        TwinCommand::Export { data, partner, out, json } => {
            record::export(&data.data, &partner, (&out, json), console)
        }
        TwinCommand::Import { file, data, partner, json } => {
            record::import(&file, (&data.data, &partner), json, console)
        }
        TwinCommand::Verify { files, payer_key, provider_key, json } => {
            let keys = [payer_key.as_deref(), provider_key.as_deref()];
            verify::halves(&files, keys, json, console)
        }
        TwinCommand::Match { data, json } => compare::run(&data, json, console),
        TwinCommand::Show { claim, data, json } => show::claim(&claim, &data.data, json, console),
        TwinCommand::Prove { claim, data, fields, kind, out, json } => {
            let request = verify::ProveRequest { claim, data: data.data, fields, kind, out };
            verify::prove(&request, json, console)
        }
        TwinCommand::VerifyProof { file, json } => verify::proof(&file, json, console),
        TwinCommand::Scorecard { data, partner, json } => {
            show::scorecard(&data.data, &partner, json, console)
        }
    }
}

/// The relationship that is meant: the named one, or the only one.
pub(crate) fn relation(store: &mut Store, named: &PartnerOption) -> Result<Relation, CommandError> {
    let found = store.transaction("find a partner", |tx| {
        if let Some(name) = &named.partner {
            return relation_with(tx, name).map(Some);
        }
        let mut all = relations(tx)?;
        Ok::<_, OperationsError>(if all.len() == 1 { all.pop() } else { None })
    });
    let found = found.map_err(|error| CommandError::operator(error, "name one with --partner"))?;
    found.ok_or_else(|| {
        let message = "there is no twin record here, or there are several";
        CommandError::operator(message, "`twin open` begins one; name one with --partner")
    })
}

/// A moment as people read it, in Coordinated Universal Time.
fn moment(time_ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let epoch = Date::constant(1970, 1, 1);
    let day = add_days(epoch, time_ms.div_euclid(DAY_MS)).unwrap_or(epoch);
    let seconds = time_ms.rem_euclid(DAY_MS) / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{day} {hours:02}:{minutes:02}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_read_by_people() {
        assert_eq!(moment(0), "1970-01-01 00:00:00");
        assert_eq!(moment(1_795_431_599_999), "2026-11-23 10:59:59");
        assert_eq!(moment(-1), "1969-12-31 23:59:59");
    }
}
