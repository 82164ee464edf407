//! `counterfoil contract new`: a contract of one's own, begun from one that the program carries.

use super::{has_error, tell};
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, files};
use counterfoil_contract::{CONTRACT_FILE, Contract, ContractFiles};
use std::path::Path;

/// The files of a contract by their names in its folder.
type TemplateFiles = &'static [(&'static str, &'static [u8])];

/// Every contract of the repository's `contracts` folder, by the name of its own folder.
const TEMPLATES: &[(&str, TemplateFiles)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

pub(super) fn new(
    folder: &Path,
    from: &str,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((_, template)) = TEMPLATES.iter().find(|(name, _)| *name == from) else {
        let names: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no template '{from}'");
        return Err(CommandError::usage(message, format!("templates: {}", names.join(", "))));
    };
    let id = id_of(&files::file_name(folder)).ok_or_else(|| {
        let message = "a contract is named by letters, digits and hyphens, a letter first";
        CommandError::usage(message, "name its folder so: contracts/north-star-2027")
    })?;
    if folder.exists() {
        let message = format!("{} is there already; nothing was written", folder.display());
        return Err(CommandError::usage(message, "name a folder that is not there yet"));
    }
    let all = renamed(template, &id);
    let (contract, problems) = Contract::load(&all);
    if has_error(&problems) || contract.id() != id {
        tell(&problems, &all, false, console);
        let message = format!("the name '{id}' cannot be used in a contract");
        return Err(CommandError::usage(message, "choose another name; nothing was written"));
    }
    for (name, bytes) in &all {
        files::write(&folder.join(name), bytes)?;
    }
    console.say(&format!(
        "{} was written from {from}: {} files, {} examples; SHA-256 {}",
        folder.display(),
        all.len(),
        contract.run_cases().len(),
        contract.digest()
    ));
    console.say("next: change its clauses and numbers, then `counterfoil contract check`");
    Ok(Outcome::Done)
}

/// The id of a contract in its text: the folder's name with `_` for `-`.
fn id_of(name: &str) -> Option<String> {
    let is_letter_first = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    (is_letter_first && is_name).then(|| name.to_ascii_lowercase().replace('-', "_"))
}

/// The template's files with the new id in the place of its own.
fn renamed(template: TemplateFiles, id: &str) -> ContractFiles {
    let mut all: ContractFiles =
        template.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    if let Some(text) = all.get_mut(CONTRACT_FILE) {
        let lines: Vec<String> = String::from_utf8_lossy(text)
            .split_inclusive('\n')
            .map(|line| match line.strip_prefix("contract ") {
                Some(_) => format!("contract {id}\n"),
                None => line.to_owned(),
            })
            .collect();
        *text = lines.concat().into_bytes();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_sound_under_a_new_name() {
        assert!(TEMPLATES.iter().any(|(name, _)| *name == "medicare-shared-savings"));
        for (name, template) in TEMPLATES {
            let (contract, problems) = Contract::load(&renamed(template, "north_star"));
            assert!(problems.is_empty(), "{name}: {problems:?}");
            assert_eq!(contract.id(), "north_star", "{name}");
            let failed = |case: &counterfoil_contract::CaseResult| !case.differences.is_empty();
            assert!(!contract.run_cases().iter().any(failed), "{name}");
        }
        assert_eq!(id_of("North-Star2"), Some("north_star2".to_owned()));
        for name in ["", "2024", "a b", "ä", "-x"] {
            assert_eq!(id_of(name), None, "{name}");
        }
    }
}
