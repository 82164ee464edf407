//! `counterfoil x12 show`: a file as a tree of loops and segments, findings at their places.

use super::check::{Checker, say_other_kind};
use crate::Outcome;
use crate::arguments::X12Options;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use crate::show_finding::{place, sentence, to_json};
use counterfoil_base::Finding;
use counterfoil_x12::{Event, Located};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

type ByOffset = BTreeMap<u64, Vec<Finding>>;

pub(crate) fn run(
    file: &Path,
    options: &X12Options,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let bytes = files::read(file)?;
    let (checker, _) = Checker::new(options)?;
    let mut found = ByOffset::new();
    let (counts, _) = checker.check(&bytes, |finding| {
        let at = finding.position.segment.unwrap_or(0);
        found.entry(at).or_default().push(finding.clone());
        Ok(())
    })?;
    let mut tree = Tree { json: options.json, found, last_shown: 0 };
    let mut reader = checker.reader();
    reader.push(&bytes);
    reader.finish();
    while let Some(event) = reader.next_event() {
        match event {
            Event::InterchangeStart(isa) => {
                let (from, to) = (&isa.sender_id, &isa.receiver_id);
                tree.envelope(
                    console,
                    0,
                    &format!("ISA {} from {from} to {to}", isa.control_number),
                );
            }
            Event::GroupStart(group) => {
                let (id, version) = (&group.functional_id, &group.version);
                tree.envelope(console, 1, &format!("GS {} {id} {version}", group.control_number));
            }
            Event::Unit(unit) => {
                let name = unit.guide().map_or("no guide", |guide| guide.title);
                for at in unit.segments() {
                    tree.segment(console, &at, name)?;
                }
            }
            Event::TransactionEnd(end) => {
                let name = end.transaction.guide.map_or("no guide", |guide| guide.title);
                for at in end.segments() {
                    tree.segment(console, &at, name)?;
                }
            }
            _ => {}
        }
    }
    tree.rest(console);
    say_other_kind(console, file, &bytes);
    Ok(if counts.errors > 0 { Outcome::Findings } else { Outcome::Done })
}

struct Tree {
    json: bool,
    found: ByOffset,
    /// Segments come again as context of later units; each is shown once.
    last_shown: u64,
}

impl Tree {
    fn envelope(&mut self, console: &mut Console<'_>, depth: usize, text: &str) {
        if !self.json {
            console.print(&format!("{:depth$}{text}", "", depth = depth * 2));
        }
    }

    fn segment(
        &mut self,
        console: &mut Console<'_>,
        at: &Located<'_>,
        guide: &str,
    ) -> Result<(), CommandError> {
        if at.file_index <= self.last_shown {
            return Ok(());
        }
        self.last_shown = at.file_index;
        let findings = self.found.remove(&at.file_index).unwrap_or_default();
        let text = String::from_utf8_lossy(at.segment.bytes()).into_owned();
        if self.json {
            let findings: Vec<_> = findings.iter().map(to_json).collect();
            console.print_json(&json!({
                "segment": at.file_index,
                "offset": at.offset,
                "loop": at.loop_path,
                "guide": guide,
                "text": text,
                "findings": findings,
            }));
        } else {
            let depth = 2 + at.loop_path.split('/').filter(|part| !part.is_empty()).count();
            let indent = " ".repeat(depth * 2);
            let id = if at.loop_id.is_empty() { "" } else { at.loop_id };
            console.print(&format!("{:>6} {id:<7}{indent}{text}", at.file_index));
            findings.iter().for_each(|finding| mark(console, &indent, finding));
        }
        console.still_read()
    }

    /// Findings about places that are no segment of a transaction set.
    fn rest(&mut self, console: &mut Console<'_>) {
        for finding in std::mem::take(&mut self.found).into_values().flatten() {
            if self.json {
                console.print_json(&json!({ "findings": [to_json(&finding)] }));
            } else {
                mark(console, "", &finding);
            }
        }
    }
}

/// A finding below its segment: what, where exactly, why, and what to do.
fn mark(console: &mut Console<'_>, indent: &str, finding: &Finding) {
    let (word, message) = (finding.severity.word(), sentence(&finding.message));
    let margin = format!("{:>14}{indent}", "");
    console.print(&format!("{margin}^ {word}: {message}"));
    let place = place(finding);
    let place = if place.is_empty() { String::new() } else { format!("{place}; ") };
    console.print(&format!("{margin}  where: {place}{}", finding.code));
    for (name, text) in [("why:  ", &finding.cause), ("fix:  ", &finding.fix)] {
        if !text.is_empty() {
            console.print(&format!("{margin}  {name} {}", sentence(text)));
        }
    }
}
