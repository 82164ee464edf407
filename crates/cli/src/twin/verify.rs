//! Checking exported halves and proofs, and making a proof.

use super::record::bytes_32;
use super::{keys, moment};
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, files, office};
use counterfoil_base::Cents;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    ProofRequest, claim_stories, prove as write_proof, refusal_on_all_cores,
};
use counterfoil_twin::{
    Author, Field, HalfReport, TwinFinding, Value, to_hex, verify_half, verify_halves, verify_proof,
};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

pub(super) fn halves(
    paths: &[PathBuf],
    keys: [Option<&str>; 2],
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let known = [("payer's key", keys[0]), ("provider's key", keys[1])];
    let known = known.map(|(what, key)| key.map(|key| bytes_32(what, key)).transpose());
    let [payer_key, provider_key] = known;
    let (payer_key, provider_key) = (payer_key?, provider_key?);
    let read: Vec<Vec<u8>> =
        paths.iter().map(|path| files::read(path)).collect::<Result<_, _>>()?;
    let reports = match read.as_slice() {
        [one] => vec![verify_half(one, &[], &refusal_on_all_cores)],
        [one, other] => verify_halves([one, other], [&[], &[]], &refusal_on_all_cores).halves,
        _ => return Err(CommandError::usage("one half or both are wanted", "name the files")),
    };
    let mut holds = true;
    for (path, report) in paths.iter().zip(&reports) {
        let is_theirs = report.relationship.is_none_or(|relationship| {
            payer_key.is_none_or(|key| key == relationship.payer_key)
                && provider_key.is_none_or(|key| key == relationship.provider_key)
        });
        holds &= report.finding.is_none() && is_theirs;
        tell(path, report, (is_theirs, json), console);
    }
    Ok(if holds { Outcome::Done } else { Outcome::Findings })
}

fn tell(
    path: &Path,
    report: &HalfReport,
    (is_theirs, json): (bool, bool),
    console: &mut Console<'_>,
) {
    if json {
        console.print_json(&report_json(path, report, is_theirs));
        return;
    }
    let name = files::file_name(path);
    match (&report.finding, is_theirs) {
        (Some(finding), _) => {
            console.print(&format!("{name}: DOES NOT HOLD"));
            say(finding, json, console);
        }
        (None, false) => {
            console.print(&format!("{name}: OTHER KEYS"));
            console.print("  it holds, but under other keys than those you gave");
        }
        (None, true) => {
            let half = report.author.map_or("half", Author::word);
            let root = report.tree.map_or_else(String::new, |tree| to_hex(&tree.root));
            console.print(&format!("{name}: the {half}'s half holds, {} events", report.events));
            console.print(&format!("  root {root}"));
            let signed = report.countersigned_size;
            console.print(&format!("  countersigned by the other party up to {signed} events"));
        }
    }
}

fn report_json(path: &Path, report: &HalfReport, is_theirs: bool) -> Json {
    json!({
        "file": files::file_name(path),
        "half": report.author.map(Author::word),
        "relationship": report.relationship.map(|one| to_hex(&one.id)),
        "payer_key": report.relationship.map(|one| to_hex(&one.payer_key)),
        "provider_key": report.relationship.map(|one| to_hex(&one.provider_key)),
        "keys_as_given": is_theirs,
        "events": report.events,
        "root": report.tree.map(|tree| to_hex(&tree.root)),
        "countersigned_events": report.countersigned_size,
        "finding": report.finding.as_ref().map(finding_json),
    })
}

fn finding_json(finding: &TwinFinding) -> Json {
    json!({
        "code": finding.code.text(),
        "half": finding.half.map(Author::word),
        "event": finding.sequence(),
        "message": finding.message(),
        "cause": finding.cause(),
        "fix": finding.fix(),
    })
}

/// A finding about a half or proof.
pub(super) fn say(finding: &TwinFinding, json: bool, console: &mut Console<'_>) {
    if json {
        console.print_json(&json!({ "finding": finding_json(finding) }));
        return;
    }
    console.print(&format!("  {} ({})", finding.message(), finding.code.text()));
    console.print(&format!("  cause: {}", finding.cause()));
    console.print(&format!("  fix: {}", finding.fix()));
}

/// What is to be proved.
pub(super) struct ProveRequest {
    pub(super) claim: String,
    pub(super) data: PathBuf,
    pub(super) fields: Vec<String>,
    pub(super) kind: Option<String>,
    pub(super) out: PathBuf,
}

pub(super) fn prove(
    request: &ProveRequest,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(&request.data)?;
    let key = keys::load(&request.data, console)?;
    let now_ms = console.now_ms();
    let fields: Vec<&str> = request.fields.iter().map(String::as_str).collect();
    let proof = store.transaction("prove an event", |tx| {
        let stories = claim_stories(tx, &request.claim)?;
        let [story] = stories.as_slice() else {
            let found = stories.len();
            let told = format!("{found} claims have the number {}; one is wanted", request.claim);
            return Err(OperationsError::Refused(told));
        };
        let subject = &story.claim.subject;
        let wanted = ProofRequest { subject, kind: request.kind.as_deref(), fields: &fields };
        write_proof(tx, &story.relation, &wanted, (&key, now_ms))
    });
    let proof = proof.map_err(|error| {
        CommandError::operator(error, "`twin show` names the claim; a subject names it exactly")
    })?;
    files::write(&request.out, &proof)?;
    if json {
        console.print_json(&json!({ "bytes": proof.len() }));
    } else {
        console.print(&format!("{}: {} bytes", request.out.display(), proof.len()));
    }
    Ok(Outcome::Done)
}

pub(super) fn proof(
    file: &Path,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let proved = match verify_proof(&files::read(file)?) {
        Ok(proved) => proved,
        Err(finding) => {
            if !json {
                console.print("the proof DOES NOT HOLD");
            }
            say(&finding, json, console);
            return Ok(Outcome::Findings);
        }
    };
    let (event, head) = (&proved.event, &proved.head.head);
    if json {
        let fields: serde_json::Map<String, Json> = proved.fields.iter().map(field_json).collect();
        console.print_json(&json!({
            "relationship": to_hex(&proved.relationship.id),
            "payer_key": to_hex(&proved.relationship.payer_key),
            "provider_key": to_hex(&proved.relationship.provider_key),
            "author": event.author.word(),
            "sequence": event.sequence,
            "time_ms": event.time_ms,
            "kind": event.kind.as_str(),
            "subject": event.subject.as_str(),
            "fields": fields,
            "head_size": head.tree.size,
            "countersigned": proved.is_countersigned,
        }));
        return Ok(Outcome::Done);
    }
    let at = moment(event.time_ms);
    console.print(&format!(
        "the proof holds: the {} said {} at {at} UTC",
        event.author.word(),
        event.kind
    ));
    console
        .print(&format!("  of {}, event {} of {}", event.subject, event.sequence, head.tree.size));
    for field in &proved.fields {
        console.print(&format!("  {} = {}", field.name, value_words(field)));
    }
    let countersigned = match proved.is_countersigned {
        Some(true) => "countersigned by the other party",
        Some(false) => "not countersigned",
        None => "countersigned by a later key of the other party, which its half can prove",
    };
    console.print(&format!("  the head is {countersigned}"));
    console.print("compare the keys with those you know:");
    console.print(&format!("  payer    {}", to_hex(&proved.relationship.payer_key)));
    console.print(&format!("  provider {}", to_hex(&proved.relationship.provider_key)));
    Ok(Outcome::Done)
}

fn field_json(field: &Field) -> (String, Json) {
    let value = match &field.value {
        Value::Integer(integer) => json!(integer),
        Value::Text(text) => json!(text),
        Value::Date(date) => json!(date.to_string()),
        Value::Bytes(bytes) => json!(to_hex(bytes)),
        Value::Digest(digest) => json!(to_hex(digest)),
    };
    (field.name.to_string(), value)
}

fn value_words(field: &Field) -> String {
    match &field.value {
        Value::Integer(cents) if field.name.ends_with("_cents") => Cents(*cents).to_string(),
        _ => match field_json(field).1 {
            Json::String(text) => text,
            other => other.to_string(),
        },
    }
}
