//! `counterfoil contract sign`, `list` and `show`: contracts in the record with a partner.

use super::{has_error, read_folder, tell};
use crate::arguments::contract::ContractSign;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, files, office, twin};
use counterfoil_base::Date;
use counterfoil_contract::{CONTRACT_FILE, Contract, ContractFiles};
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    PartnerContract, Signing, contract_files, contracts, keep_contract, sign_contract,
};
use counterfoil_operations::halves::Relation;
use counterfoil_store::Store;
use counterfoil_twin::{Author, ContractVersion, VersionStanding, to_hex};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Fewest digits that name a digest.
const DIGITS_LEAST: usize = 6;
/// Digits of a digest that are shown.
const DIGITS_SHOWN: usize = 12;

fn refused(error: OperationsError) -> CommandError {
    CommandError::operator(error, "`contract list` shows what was signed")
}

fn all_of(store: &mut Store) -> Result<Vec<PartnerContract>, CommandError> {
    store.read("contracts", contracts).map_err(refused)
}

/// The digest that begins with these digits, of all that were signed.
fn digest_named(known: &[PartnerContract], digits: &str) -> Result<String, CommandError> {
    let hint = "`contract list` shows the digests";
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digits || digits.len() < DIGITS_LEAST {
        let message = format!("{digits} is no folder, and no digest by {DIGITS_LEAST} digits");
        return Err(CommandError::usage(message, hint));
    }
    let digits = digits.to_ascii_lowercase();
    let versions = known.iter().flat_map(|one| &one.state.versions);
    let found: BTreeSet<String> = versions
        .map(|version| to_hex(&version.digest))
        .filter(|digest| digest.starts_with(&digits))
        .collect();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(digest), None) => Ok(digest),
        (None, _) => {
            Err(CommandError::usage(format!("no signed contract begins with {digits}"), hint))
        }
        _ => Err(CommandError::usage(format!("several contracts begin with {digits}"), hint)),
    }
}

/// The files of a signed text by the first digits of its digest.
pub(super) fn files_of(data: &Path, digits: &str) -> Result<ContractFiles, CommandError> {
    let mut store = office::open_any(data)?;
    let digest = digest_named(&all_of(&mut store)?, digits)?;
    let files = store.read("a contract", |tx| contract_files(tx, &digest)).map_err(refused)?;
    files.ok_or_else(|| {
        let message = format!("the text of {digest} is not here yet");
        CommandError::operator(message, "it comes with the next exchange; `serve` must run")
    })
}

/// What is signed: a text, its day, what it takes the place of.
struct Wanted {
    digest: String,
    from: Date,
    replaces: Option<String>,
}

pub(super) fn sign(
    wanted: &ContractSign,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let data = &wanted.data.data;
    office::expect_not_restored(data)?;
    let mut store = office::open_any(data)?;
    let relation = twin::relation(&mut store, &wanted.partner)?;
    office::expect_met(data, &relation.relationship.id)?;
    let known = all_of(&mut store)?;
    let folder = Path::new(&wanted.contract);
    let files = if folder.is_dir() { Some(read_folder(folder)?) } else { None };
    if let Some(files) = &files {
        let (_, problems) = Contract::load(files);
        if !problems.is_empty() {
            tell(&problems, files, wanted.json, console);
            console.say("nothing was signed");
            return Ok(Outcome::Findings);
        }
    }
    let digest = match &files {
        Some(files) => Contract::load(files).0.digest().to_owned(),
        None => digest_named(&known, &wanted.contract)?,
    };
    let asked = asked_for(wanted, (&known, &relation), digest)?;
    let done = store.transaction("sign a contract", |tx| {
        if let Some(files) = &files {
            keep_contract(tx, files)?;
        }
        let Wanted { digest, from, replaces } = &asked;
        let (replaces, signed_by) = (replaces.as_deref(), wanted.by.as_str());
        let signing = Signing { digest, effective_on: *from, replaces, signed_by };
        sign_contract(tx, &relation, &signing)
    });
    let standing = done.map_err(refused)?;
    told(&asked, (&relation, standing), wanted.json, console);
    Ok(Outcome::Done)
}

fn told(
    asked: &Wanted,
    (relation, standing): (&Relation, VersionStanding),
    is_json: bool,
    console: &mut Console<'_>,
) {
    if is_json {
        console.print_json(&json!({
            "partner": relation.partner,
            "digest": asked.digest,
            "effective_on": asked.from.to_string(),
            "replaces": asked.replaces,
            "standing": standing.word(),
        }));
    }
    let (digest, from, partner) = (&asked.digest, asked.from, &relation.partner);
    console.say(&match standing {
        VersionStanding::Signed { .. } => {
            format!("{digest} is signed by both and in force from {from}")
        }
        VersionStanding::Differs => format!(
            "{digest} is proposed from {from}; {partner} proposes another text for that day, and \
             neither is in force before both sign the same"
        ),
        _ => format!("{digest} is proposed to {partner} from {from}; it waits for its signature"),
    });
    console.say("the node's key signs it at the next look");
}

/// Day and predecessor as they were named, or those of the partner's proposal of this text.
fn asked_for(
    wanted: &ContractSign,
    (known, relation): (&[PartnerContract], &Relation),
    digest: String,
) -> Result<Wanted, CommandError> {
    if let Some(from) = wanted.from {
        let replaces = match &wanted.replaces {
            Some(digits) => Some(digest_named(known, digits)?),
            None => None,
        };
        return Ok(Wanted { digest, from, replaces });
    }
    let mut proposed = known
        .iter()
        .filter(|one| one.relation.id == relation.id)
        .flat_map(PartnerContract::proposed_by_partner)
        .filter(|version| to_hex(&version.digest) == digest);
    match (proposed.next(), proposed.next()) {
        (Some(one), None) => {
            let replaces = one.replaces.map(|replaces| to_hex(&replaces));
            Ok(Wanted { digest, from: one.effective_on, replaces })
        }
        (None, _) => {
            let message = format!("{} has not proposed {digest}", relation.partner);
            Err(CommandError::usage(message, "name its first day with --from"))
        }
        _ => {
            let message = format!("{} proposes {digest} for several days", relation.partner);
            Err(CommandError::usage(message, "name the day with --from"))
        }
    }
}

pub(super) fn list(
    data: &Path,
    on: Date,
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(data)?;
    let known = all_of(&mut store)?;
    let mut is_whole = true;
    for one in &known {
        for version in &one.state.versions {
            is_whole &=
                !matches!(version.standing, VersionStanding::Differs | VersionStanding::Conflict);
            if is_json {
                console.print_json(&as_json(one, version, on));
            } else {
                let (partner, id) = (&one.relation.partner, &one.id);
                let digest: String = to_hex(&version.digest).chars().take(DIGITS_SHOWN).collect();
                console.print(&format!(
                    "{partner}  {id}  {digest}  from {}  {}",
                    version.effective_on,
                    standing(version, one, on)
                ));
            }
        }
    }
    if known.is_empty() {
        console.say("no contract was signed");
    }
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}

/// In words where a version stands on a day.
fn standing(version: &ContractVersion, known: &PartnerContract, on: Date) -> String {
    let names: Vec<String> = [(Author::Payer, "payer"), (Author::Provider, "provider")]
        .into_iter()
        .filter_map(|(author, word)| {
            Some(format!("{} ({word})", version.signature(author)?.signed_by))
        })
        .collect();
    let names = names.join(" and ");
    let partner = &known.relation.partner;
    match version.standing {
        VersionStanding::Proposed => format!("proposed, signed by {names}"),
        VersionStanding::Differs => {
            let is_own = version.signature(known.relation.author).is_some();
            let other = if is_own { partner.as_str() } else { "this side" };
            format!("not in force: {other} has signed another text for that day; by {names}")
        }
        VersionStanding::PassedOver => format!("passed over, signed by {names} alone"),
        VersionStanding::Conflict => format!(
            "not in force: both have signed it, and it does not name what it replaces; by {names}"
        ),
        VersionStanding::Signed { until } => {
            let word = match until {
                Some(until) if until <= version.effective_on => {
                    "never in force, replaced".to_owned()
                }
                Some(until) if until <= on => format!("replaced from {until}"),
                _ if version.effective_on > on => "to come".to_owned(),
                Some(until) => format!("in force, replaced from {until}"),
                None => "in force".to_owned(),
            };
            format!("{word}, signed by {names}")
        }
    }
}

fn as_json(known: &PartnerContract, version: &ContractVersion, on: Date) -> Value {
    let signature = |author| {
        version.signature(author).map(|one| {
            let is_said = one.sequence.is_some();
            json!({ "by": one.signed_by.as_str(), "at_ms": one.time_ms, "is_said": is_said })
        })
    };
    let until = match version.standing {
        VersionStanding::Signed { until } => until.map(|until| until.to_string()),
        _ => None,
    };
    json!({
        "partner": known.relation.partner,
        "contract": known.id,
        "digest": to_hex(&version.digest),
        "effective_on": version.effective_on.to_string(),
        "replaces": version.replaces.map(|digest| to_hex(&digest)),
        "standing": version.standing.word(),
        "until": until,
        "in_force": version.is_in_force_on(on),
        "payer": signature(Author::Payer),
        "provider": signature(Author::Provider),
    })
}

pub(super) fn show(
    digits: &str,
    (data, out): (&Path, Option<&Path>),
    is_json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let all = files_of(data, digits)?;
    if let Some(out) = out {
        if out.exists() {
            let message = format!("{} is there already; nothing was written", out.display());
            return Err(CommandError::usage(message, "name a folder that is not there yet"));
        }
        for (name, bytes) in &all {
            files::write(&out.join(name), bytes)?;
        }
        console.say(&format!("{} files were written into {}", all.len(), out.display()));
    } else if is_json {
        for (name, bytes) in &all {
            console.print_json(&json!({ "file": name, "text": String::from_utf8_lossy(bytes) }));
        }
    } else if let Some(text) = all.get(CONTRACT_FILE) {
        console.print(String::from_utf8_lossy(text).trim_end());
        let others: Vec<&str> =
            all.keys().filter(|name| *name != CONTRACT_FILE).map(String::as_str).collect();
        console.say(&format!("with {}; --out writes them all", others.join(", ")));
    }
    let (contract, problems) = Contract::load(&all);
    console.say(&format!("{}, SHA-256 {}", contract.id(), contract.digest()));
    if has_error(&problems) {
        console.say("the contract has errors and cannot be signed; `contract check` shows them");
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Done)
}
