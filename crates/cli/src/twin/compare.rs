//! The halves of two nodes side by side.

use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, load_twin, relations};
use counterfoil_twin::{Author, Match, Tree, Twin, to_hex};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Claims that are named at most; the count is always whole.
const CLAIMS_NAMED: usize = 100;

pub(super) fn run(
    folders: &[PathBuf],
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let [first, second] = folders else {
        let hint = "name both nodes: --data A --data B";
        return Err(CommandError::usage("two data folders are wanted", hint));
    };
    let (mut left, mut right) = (load(first)?, load(second)?);
    let mut is_equal = true;
    let mut common = 0;
    for (relation, mine) in &mut left {
        let other = right.iter_mut().find(|(one, _)| one.relationship == relation.relationship);
        let Some((_, theirs)) = other else { continue };
        common += 1;
        is_equal &= compare(relation, (mine, theirs), json, console);
    }
    if common == 0 {
        let message = "the two folders have no twin record in common";
        return Err(CommandError::operator(message, "name the folders of two partners"));
    }
    Ok(if is_equal { Outcome::Done } else { Outcome::Findings })
}

fn load(data: &Path) -> Result<Vec<(Relation, Twin)>, CommandError> {
    let mut store = office::open_any(data)?;
    Ok(store.transaction("load twin records", |tx| {
        let mut loaded = Vec::new();
        for relation in relations(tx)? {
            let twin = load_twin(tx, &relation)?;
            loaded.push((relation, twin));
        }
        Ok::<_, OperationsError>(loaded)
    })?)
}

/// True when both are the same.
fn compare(
    relation: &Relation,
    (mine, theirs): (&mut Twin, &mut Twin),
    json: bool,
    console: &mut Console<'_>,
) -> bool {
    let (left, right) = (mine.standpoint(), theirs.standpoint());
    let found = left.compare(&right, &relation.relationship.id);
    let halves: Vec<Value> = match &found {
        Match::Halves(authors) => authors.iter().map(|one| half(*one, mine, theirs)).collect(),
        _ => Vec::new(),
    };
    let claims = different_claims(mine, theirs);
    let hash = match &found {
        Match::Equal { hash } => Some(to_hex(hash)),
        _ => None,
    };
    if json {
        console.print_json(&json!({
            "relationship": to_hex(&relation.relationship.id),
            "equal": hash.is_some(),
            "match_hash": hash,
            "payer_events": [left.payer.size, right.payer.size],
            "provider_events": [left.provider.size, right.provider.size],
            "halves": halves,
            "claims_that_differ": claims.len(),
            "claims": claims.iter().take(CLAIMS_NAMED).collect::<Vec<_>>(),
        }));
        return hash.is_some();
    }
    let Relation { own_name, partner, .. } = relation;
    if let Some(hash) = &hash {
        let (payer, provider) = (left.payer.size, left.provider.size);
        console.print(&format!("{own_name} and {partner}: equal"));
        console.print(&format!("  {payer} events of the payer, {provider} of the provider"));
        console.print(&format!("  match hash {hash}"));
        return true;
    }
    console.print(&format!("{own_name} and {partner}: NOT equal"));
    for half in &halves {
        let words = half.get("words").and_then(Value::as_str).unwrap_or_default();
        console.print(&format!("  {words}"));
    }
    console.print(&format!("  {} claims stand differently", claims.len()));
    for subject in claims.iter().take(CLAIMS_NAMED) {
        console.print(&format!("    {subject}"));
    }
    false
}

/// What of a half differs.
fn half(author: Author, mine: &Twin, theirs: &Twin) -> Value {
    let (left, right) = (mine.tree(author), theirs.tree(author));
    let common = left.size().min(right.size());
    let first = first_difference((left, right), common);
    let word = author.word();
    let words = match first {
        Some(sequence) => format!("the {word}'s half differs from event {sequence} on"),
        None => format!(
            "of the {word}'s half one node has {} events, the other {}; the first {common} are \
             the same",
            left.size(),
            right.size()
        ),
    };
    json!({ "half": word, "first_difference": first, "common_events": common, "words": words })
}

/// The first of so many events that is not the same in both. That the first n are the same is
/// said by their roots, so half of what is left is passed over at each step.
fn first_difference((left, right): (&Tree, &Tree), common: u64) -> Option<u64> {
    let is_same = |size: u64| left.root_at(size) == right.root_at(size);
    if is_same(common) {
        return None;
    }
    let (mut same, mut different) = (0, common);
    while different - same > 1 {
        let middle = same + (different - same) / 2;
        if is_same(middle) { same = middle } else { different = middle }
    }
    Some(same)
}

/// Subjects of the claims whose state is not the same in both.
fn different_claims(mine: &Twin, theirs: &Twin) -> Vec<String> {
    let mut subjects: Vec<&str> = mine.claims().map(|(subject, _)| subject.as_str()).collect();
    subjects.extend(theirs.claims().map(|(subject, _)| subject.as_str()));
    subjects.sort_unstable();
    subjects.dedup();
    let differs = |subject: &&str| mine.state_hash(subject) != theirs.state_hash(subject);
    subjects.into_iter().filter(differs).map(str::to_owned).collect()
}
