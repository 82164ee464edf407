//! Checks that a run could not make, because their rules or tables were not there: said aloud, so
//! that no one takes silence for approval.

use crate::console::Console;
use counterfoil_integrity::{CleanClaimEngine, Extent, MissingCheck, Tables};
use counterfoil_x12::CodeSet;

/// What a rules folder held.
#[derive(Clone, Debug, Default)]
pub(crate) struct RulesFound {
    /// The folder as it was named; nothing when none was.
    pub(crate) folder: Option<String>,
    /// Rule packs in it.
    pub(crate) packs: usize,
    /// Tables in it that a check asks.
    pub(crate) tables: usize,
    /// Files in it that were not read.
    pub(crate) unread: Vec<String>,
}

/// Unread files named in one message.
const NAMES_SHOWN: usize = 5;

impl RulesFound {
    /// Warns of a folder that was named and gave nothing.
    pub(crate) fn warn(&self, console: &mut Console<'_>) {
        let Some(folder) = self.folder.as_ref().filter(|_| self.packs + self.tables == 0) else {
            return;
        };
        let found = match self.unread.as_slice() {
            [] => "it is empty".to_owned(),
            names => {
                let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(String::as_str).collect();
                let more = names.len().saturating_sub(NAMES_SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("found {}{more}", shown.join(", "))
            }
        };
        console.say(&format!(
            "warning: the rules folder {folder} holds no rule pack (pack.toml) and no edit table \
             that is read ({found}): no edit of this payer is run"
        ));
    }

    /// The tables that there are, for people.
    pub(crate) fn tables_words(&self) -> String {
        format!("{} edit tables", self.tables)
    }

    fn missing(&self) -> Option<MissingCheck> {
        (self.packs == 0).then(|| MissingCheck {
            check: "Payer edits (no rule pack)".to_owned(),
            extent: Extent::NotRun,
            file: "pack.toml".to_owned(),
        })
    }
}

/// Everything that was not checked as it should be: rules, tables, and code sets of this file.
pub(crate) fn missing(
    engine: &CleanClaimEngine,
    rules: &RulesFound,
    of_file: &[CodeSet],
) -> Vec<MissingCheck> {
    let sets = of_file.iter().map(|set| Tables::missing_set(*set));
    rules.missing().into_iter().chain(engine.tables().missing_checks()).chain(sets).collect()
}

/// The checks that did not run at all, in one sentence.
pub(crate) fn say(console: &mut Console<'_>, missing: &[MissingCheck]) {
    let not_run = missing.iter().filter(|one| one.extent == Extent::NotRun);
    // `NCCI unit limits (supplier)`: the same check for several settings is named once.
    let mut names: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in not_run {
        let (name, rest) = one.check.split_once(" (").unwrap_or((&one.check, ""));
        let setting = rest.trim_end_matches(')');
        match names.last_mut() {
            Some((last, settings)) if *last == name => settings.push(setting),
            _ => names.push((name, vec![setting])),
        }
    }
    let named = |(name, settings): &(&str, Vec<&str>)| match settings.as_slice() {
        [""] => (*name).to_owned(),
        settings => format!("{name} ({})", settings.join(", ")),
    };
    if !names.is_empty() {
        let named: Vec<String> = names.iter().map(named).collect();
        console.say(&format!(
            "warning: checks that did not run, for want of rules or tables (--json says which \
             file each needs): {}",
            named.join(", ")
        ));
    }
}
