//! The program's own reference: every command with its examples, flags and exit codes, taken
//! from the definitions that parse the command line.

use crate::arguments::Arguments;
use crate::show_finding::sentence;
use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory, Parser};
use std::ffi::OsString;

/// What stands before the commands in `docs/reference/commands.md`.
const INTRODUCTION: &str = "\
# Commands

Every command of the program as its `--help` tells it; a test compares this page with the program.
Data goes to standard output, talk to standard error. `--json` gives one JSON object a line, or one
for the whole run.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | done, and there is something to act on; each command says below what |
| 2 | the command line is wrong; nothing was done |
| 3 | the operator must act (a missing file, unreadable rates, a full disk); the hint says how |
| 4 | a bug |

## A finding as JSON

| key | meaning |
| --- | --- |
| `code` | stable name, listed in [findings](findings.md) |
| `snip` | SNIP type, 1 to 7 |
| `severity` | `error`, `warning` or `note` |
| `segment` | 1-based position of the segment in the file, or null |
| `segment_in_transaction` | 1-based position in the transaction set (ST is 1), or null |
| `segment_id` | segment identifier, empty when there is none |
| `element` | 1-based element, 0 for the whole segment |
| `component` | 1-based component, 0 for the whole element |
| `offset` | byte offset of the segment in the file, or null |
| `loop` | path of loops, for example `2000A/2000B/2300` |
| `service_line` | line of the claim, or null |
| `message` | what is wrong |
| `cause` | why |
| `fix` | what to do |
";

/// True words of a command line, or why they are refused. Nothing is run.
pub fn parses(words: impl IntoIterator<Item = OsString>) -> Result<(), String> {
    Arguments::try_parse_from(words).map(drop).map_err(|refusal| refusal.to_string())
}

/// Every command that does something, as it is typed: `claim check`.
#[must_use]
pub fn command_names() -> Vec<String> {
    leaves().into_iter().map(|(name, _)| name).collect()
}

/// The page `docs/reference/commands.md`.
#[must_use]
pub fn commands_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (name, command) in leaves() {
        page.push_str(&section(&name, &command));
    }
    page
}

fn leaves() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    collect("", &Arguments::command(), &mut found);
    found
}

fn collect(path: &str, command: &Command, found: &mut Vec<(String, Command)>) {
    for one in command.get_subcommands() {
        let name = format!("{path} {}", one.get_name()).trim_start().to_owned();
        if one.has_subcommands() {
            collect(&name, one, found);
        } else {
            found.push((name, one.clone()));
        }
    }
}

fn section(name: &str, command: &Command) -> String {
    let text = |styled: Option<&StyledStr>| styled.map_or_else(String::new, StyledStr::to_string);
    let about = sentence(&text(command.get_about()));
    let mut section = format!("\n## {name}\n\n{about}\n");
    let examples = text(command.get_before_help());
    if let Some(lines) = examples.strip_prefix("Examples:\n") {
        section.push_str("\n```sh\n");
        for line in lines.lines() {
            section.push_str(line.strip_prefix("  ").unwrap_or(line));
            section.push('\n');
        }
        section.push_str("```\n");
    }
    section.push_str("\n| argument | meaning |\n| --- | --- |\n");
    for argument in command.get_arguments() {
        section.push_str(&row(argument));
    }
    let exit = text(command.get_after_help());
    if !exit.is_empty() {
        section.push_str(&format!("\n{exit}\n"));
    }
    section
}

fn row(argument: &Arg) -> String {
    let values: Vec<String> =
        argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    let takes_value = argument.get_action().takes_values();
    let name = match argument.get_long() {
        Some(long) if takes_value => format!("--{long} {}", values.join(" ")),
        Some(long) => format!("--{long}"),
        None => values.join(" "),
    };
    let mut meaning = argument.get_help().map_or_else(String::new, StyledStr::to_string);
    let choices: Vec<String> = match takes_value {
        true => argument.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect(),
        false => Vec::new(),
    };
    if !choices.is_empty() {
        meaning.push_str(&format!(": {}", choices.join(", ")));
    }
    let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy());
    let defaults: Vec<_> = if takes_value { defaults.collect() } else { Vec::new() };
    if !defaults.is_empty() {
        meaning.push_str(&format!(" (default {})", defaults.join(" ")));
    }
    let needed = if argument.is_required_set() { " (required)" } else { "" };
    format!("| `{name}` | {meaning}{needed} |\n")
}
