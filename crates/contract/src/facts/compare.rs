//! Where the facts of two parties part: the first row and fact at which they differ.

use super::FactTable;
use crate::evaluate::{FactValue, ListedRow};
use crate::program::{FactSlot, Program};

/// The first place at which two parties' facts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// The row of the facts, in the order of ours: the first one is 1.
    pub row: u64,
    /// The further rows and the name of the one that differs; nothing for the row itself.
    pub of: Option<(String, String)>,
    /// The fact; empty where one party lacks the row, or its further rows.
    pub fact: String,
    /// Our value as people see it; nothing where we have none.
    pub ours: Option<String>,
    /// Their value.
    pub theirs: Option<String>,
}

/// Compares row by row, facts in the order of the contract, further rows by their names. A value
/// that was printed to other places is another one, although it shows alike.
pub(crate) fn first_parting(
    program: &Program,
    ours: &FactTable,
    theirs: &FactTable,
) -> Option<Parting> {
    for (place, number) in (0..ours.rows.len().max(theirs.rows.len())).zip(1..) {
        let (Some(our), Some(their)) = (ours.rows.get(place), theirs.rows.get(place)) else {
            return Some(missing(number, None, ours.rows.get(place).is_some()));
        };
        let found = in_facts(&program.facts, &our.row.facts, &their.row.facts);
        if let Some((fact, ours, theirs)) = found {
            return Some(Parting { row: number, of: None, fact, ours, theirs });
        }
        for (set, slot) in program.row_sets.iter().enumerate() {
            let list = |row: &crate::evaluate::Row| row.rows.get(set).cloned().flatten();
            let (our, their) = (list(&our.row), list(&their.row));
            let (Some(our), Some(their)) = (&our, &their) else {
                if our.is_some() != their.is_some() {
                    let of = Some((slot.name.clone(), String::new()));
                    return Some(missing(number, of, our.is_some()));
                }
                continue;
            };
            if let Some(parting) = in_lists((number, &slot.name), &slot.facts, our, their) {
                return Some(parting);
            }
        }
    }
    None
}

fn missing(row: u64, of: Option<(String, String)>, is_ours: bool) -> Parting {
    let there = Some("there".to_owned());
    let (ours, theirs) = if is_ours { (there, None) } else { (None, there) };
    Parting { row, of, fact: String::new(), ours, theirs }
}

/// The name, and both values, of the first fact that differs.
type Difference = (String, Option<String>, Option<String>);

fn in_facts(
    slots: &[FactSlot],
    ours: &[Option<FactValue>],
    theirs: &[Option<FactValue>],
) -> Option<Difference> {
    let value = |facts: &[Option<FactValue>], place: usize| facts.get(place).cloned().flatten();
    slots.iter().enumerate().find_map(|(place, slot)| {
        let (our, their) = (value(ours, place), value(theirs, place));
        if our == their {
            return None;
        }
        let shown = |fact: Option<FactValue>| fact.map(|fact| fact.value.show(&slot.kind));
        Some((slot.name.clone(), shown(our), shown(their)))
    })
}

/// Both lists are in the order of the names of their rows.
fn in_lists(
    (row, name): (u64, &str),
    slots: &[FactSlot],
    ours: &[ListedRow],
    theirs: &[ListedRow],
) -> Option<Parting> {
    for place in 0..ours.len().max(theirs.len()) {
        let (our, their) = (ours.get(place), theirs.get(place));
        let (Some(our), Some(their)) = (our, their) else {
            let key = our.or(their).map_or("", |row| &row.key).to_owned();
            return Some(missing(row, Some((name.to_owned(), key)), our.is_some()));
        };
        if our.key != their.key {
            // The name that the other list lacks; the lists have the same order.
            let is_ours = !theirs.iter().any(|other| other.key == our.key);
            let key = if is_ours { &our.key } else { &their.key };
            return Some(missing(row, Some((name.to_owned(), key.clone())), is_ours));
        }
        if let Some((fact, ours, theirs)) = in_facts(slots, &our.facts, &their.facts) {
            let of = Some((name.to_owned(), our.key.clone()));
            return Some(Parting { row, of, fact, ours, theirs });
        }
    }
    None
}
