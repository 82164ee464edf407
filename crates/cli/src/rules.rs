//! `counterfoil rules`: a payer's packs, published to partners and in force by day.

use crate::arguments::RulesCommand;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, files, office};
use counterfoil_base::Date;
use counterfoil_desk::DOCUMENTS;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    PacksInForce, PublishedPack, Relation, packs_in_force, publish_pack, published_packs,
    relation_with, relations,
};
use counterfoil_store::Store;
use serde_json::json;
use std::path::Path;

pub(crate) fn run(
    command: RulesCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        RulesCommand::Publish { file, effective, partner, data } => {
            publish(&data.data, (&file, effective), partner.as_deref(), console)
        }
        RulesCommand::List { on, data, json } => {
            let on = on.unwrap_or_else(|| console.today());
            list(&data.data, on, json, console)
        }
    }
}

fn publish(
    data: &Path,
    (file, effective): (&Path, Date),
    partner: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    office::expect_not_restored(data)?;
    let bytes = files::read(file)?;
    let mut store = office::open_any(data)?;
    if let Err(findings) = counterfoil_integrity::RulePack::parse(&String::from_utf8_lossy(&bytes))
    {
        for finding in &findings {
            let line = format!("{}: {} {}", finding.code, finding.message, finding.fix);
            console.print(&line);
        }
        console.say("nothing was published");
        return Ok(Outcome::Findings);
    }
    let done = store.transaction("publish a rule pack", |tx| {
        let partners = match partner {
            Some(name) => vec![relation_with(tx, name)?],
            None => relations(tx)?,
        };
        publish_pack(tx, &partners, (&bytes, effective))
    });
    let hint = "nothing was changed";
    let (pack, told) = done.map_err(|error| CommandError::operator(error, hint))?;
    console.say(&format!(
        "{} {} is published to {}, in force from {effective}; it is signed at the next exchange",
        pack.name,
        pack.version,
        told.join(", ")
    ));
    Ok(Outcome::Done)
}

/// What a record says of packs, and what of it is in force.
struct Listed {
    relation: Relation,
    published: Vec<PublishedPack>,
    in_force: PacksInForce,
}

fn listed(store: &mut Store, data: &Path, on: Date) -> Result<Vec<Listed>, OperationsError> {
    let read = |digest: &str| std::fs::read(data.join(DOCUMENTS).join(digest));
    store.transaction("list rule packs", |tx| {
        let mut all = Vec::new();
        for relation in relations(tx)? {
            let published = published_packs(tx, &relation)?;
            let in_force = packs_in_force(tx, (&relation, on), &read)?;
            all.push(Listed { relation, published, in_force });
        }
        Ok(all)
    })
}

/// In words how a pack stands on the day.
fn standing(pack: &PublishedPack, listed: &Listed, on: Date) -> String {
    let is = |one: &PublishedPack| one.sequence == pack.sequence;
    if listed.in_force.packs.iter().any(|(one, _)| is(one)) {
        return "in force".to_owned();
    }
    if listed.in_force.of_others.iter().any(is) {
        return "in force for claims that name the payer otherwise than those from here".to_owned();
    }
    match listed.in_force.missing.iter().find(|(one, _)| is(one)) {
        Some((_, why)) => format!("in force and not used: {why}"),
        None if pack.valid_from > on => "to come".to_owned(),
        None => "followed by another".to_owned(),
    }
}

fn list(
    data: &Path,
    on: Date,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(data)?;
    let all = listed(&mut store, data, on)
        .map_err(|error| CommandError::operator(error, "`doctor` says more"))?;
    let mut is_whole = true;
    for one in &all {
        is_whole &= one.in_force.missing.is_empty();
        for pack in &one.published {
            let standing = standing(pack, one, on);
            if json {
                console.print_json(&json!({
                    "partner": one.relation.partner,
                    "name": pack.name,
                    "version": pack.version,
                    "digest": pack.digest,
                    "valid_from": pack.valid_from.to_string(),
                    "standing": standing,
                }));
                continue;
            }
            console.print(&format!(
                "{}  {} {}  from {}  {standing}  {}",
                one.relation.partner, pack.name, pack.version, pack.valid_from, pack.digest
            ));
        }
    }
    if all.iter().all(|one| one.published.is_empty()) {
        console.say("no rule pack was published");
    }
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}
