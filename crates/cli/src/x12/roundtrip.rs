//! `counterfoil x12 roundtrip`: parse, write, compare.

use crate::Outcome;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use crate::show_finding::{print, to_json};
use counterfoil_base::Finding;
use counterfoil_x12::round_trip;
use serde_json::json;
use std::path::Path;

pub(crate) fn run(
    file: &Path,
    json: bool,
    write: Option<&Path>,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let bytes = files::read(file)?;
    let (written, findings) = round_trip(&bytes);
    if let Some(path) = write {
        files::write(path, &written)?;
    }
    let is_valid = !findings.iter().any(Finding::is_error);
    let is_same = written == bytes;
    if json {
        let findings: Vec<_> = findings.iter().map(to_json).collect();
        console.print_json(&json!({
            "file": file.display().to_string(),
            "bytes": bytes.len(),
            "valid": is_valid,
            "identical": is_same,
            "findings": findings,
        }));
    } else {
        findings.iter().for_each(|finding| print(console, finding));
    }
    super::check::say_other_kind(console, file, &bytes);
    let verdict = match (is_valid, is_same) {
        (true, true) => "the same bytes came back",
        (false, true) => "the same bytes came back, but the file is not syntactically valid",
        (_, false) => "the bytes differ",
    };
    console.say(&format!("{}: {verdict} ({} bytes)", file.display(), bytes.len()));
    Ok(if is_valid && is_same { Outcome::Done } else { Outcome::Findings })
}
