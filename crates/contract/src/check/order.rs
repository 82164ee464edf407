//! No term may depend on itself, and no chain of terms may be longer than a reader can follow.

use crate::parse::CONTRACT_FILE;
use crate::problem::Problem;
use crate::program::{Node, NodeId, Program};
use counterfoil_base::Finding;

/// The longest chain of terms that depend on each other.
const CHAIN_MAX: usize = 60;

/// Most parts that stand inside each other along a chain of terms: evaluation goes that deep.
const PARTS_MAX: usize = 1_000;

/// True when evaluation ends for every row, and soon.
pub(super) fn check(program: &Program, problems: &mut Vec<Problem>) -> bool {
    let count = program.terms.len();
    let needs: Vec<Vec<usize>> = (0..count).map(|term| needs_of(program, term)).collect();
    // The longest chain below each term, found in rounds; a term that never settles is circular.
    let mut depth: Vec<Option<usize>> = vec![None; count];
    for _ in 0..=count.min(CHAIN_MAX) {
        let mut is_changed = false;
        for term in 0..count {
            let below = needs.get(term).into_iter().flatten();
            let known: Option<Vec<usize>> =
                below.map(|need| depth.get(*need).copied().flatten()).collect();
            let found = known.map(|known| known.into_iter().max().map_or(0, |d| d + 1));
            if let Some(slot) = depth.get_mut(term)
                && found.is_some()
                && *slot != found
            {
                *slot = found;
                is_changed = true;
            }
        }
        if !is_changed {
            break;
        }
    }
    let is_open = |term: &usize| depth.get(*term).copied().flatten().is_none();
    let is_deep = |term: &usize| depth.get(*term).copied().flatten() > Some(CHAIN_MAX);
    if let Some(deep) = (0..count).find(is_deep) {
        problems.push(too_long(program, deep));
        return false;
    }
    let Some(open) = (0..count).find(is_open) else {
        return parts_are_few(program, (&needs, &depth), problems);
    };
    let circular = (0..count).filter(is_open).find(|term| reaches(&needs, *term, *term));
    problems.push(match circular {
        Some(term) => circle(program, &needs, term),
        None => too_long(program, open),
    });
    false
}

/// False when the formulas along a chain of terms stand too deep inside each other.
fn parts_are_few(
    program: &Program,
    (needs, chains): (&[Vec<usize>], &[Option<usize>]),
    problems: &mut Vec<Problem>,
) -> bool {
    let parts = parts_of_nodes(program);
    let own = |term: usize| {
        let rules = program.terms.get(term).into_iter().flat_map(|slot| &slot.rules);
        let nodes = rules.flat_map(|rule| rule.condition.into_iter().chain([rule.value]));
        nodes.filter_map(|node| parts.get(node)).copied().max().unwrap_or(0)
    };
    let mut order: Vec<usize> = (0..program.terms.len()).collect();
    order.sort_by_key(|term| chains.get(*term).copied().flatten());
    let mut below = vec![0; program.terms.len()];
    for term in order {
        let needed = needs.get(term).into_iter().flatten();
        let deepest = needed.filter_map(|need| below.get(*need)).copied().max().unwrap_or(0);
        let sum = own(term) + deepest;
        if sum > PARTS_MAX {
            problems.push(too_many_parts(program, term));
            return false;
        }
        if let Some(slot) = below.get_mut(term) {
            *slot = sum;
        }
    }
    true
}

/// For each node, the parts inside each other at its deepest place. A node stands in the list
/// behind those that it is computed from.
fn parts_of_nodes(program: &Program) -> Vec<usize> {
    let mut parts: Vec<usize> = Vec::with_capacity(program.nodes.len());
    for node in &program.nodes {
        let inside = node.children();
        let deepest = inside.iter().filter_map(|child| parts.get(*child)).copied().max();
        parts.push(deepest.unwrap_or(0) + 1);
    }
    parts
}

/// The terms that a term's rules name, in the order of the text.
fn needs_of(program: &Program, term: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open: Vec<NodeId> = Vec::new();
    for rule in program.terms.get(term).into_iter().flat_map(|slot| &slot.rules) {
        open.extend(rule.condition);
        open.push(rule.value);
    }
    while let Some(id) = open.pop() {
        match program.nodes.get(id) {
            Some(Node::Term(index)) if !found.contains(index) => found.push(*index),
            Some(Node::Parameter(index)) => {
                let by = program.parameters.get(*index).and_then(|slot| slot.by.as_ref());
                open.extend(by.map(|(node, _)| *node));
            }
            Some(node) => open.extend(node.children()),
            None => {}
        }
    }
    found.sort_unstable();
    found
}

/// The circle that leads from a term back to itself.
fn circle(program: &Program, needs: &[Vec<usize>], start: usize) -> Problem {
    let name = |term: usize| program.terms.get(term).map_or("", |slot| slot.name.as_str());
    let span = |term: usize| program.terms.get(term).map(|slot| slot.span).unwrap_or_default();
    let mut path = vec![start];
    let mut current = start;
    // Each step stays on terms that lead back to the start, and none comes twice.
    while let Some(next) = needs
        .get(current)
        .into_iter()
        .flatten()
        .copied()
        .find(|next| !path.contains(next) && (*next == start || reaches(needs, *next, start)))
    {
        path.push(next);
        current = next;
        if needs.get(current).is_some_and(|below| below.contains(&start)) {
            break;
        }
    }
    let chain: Vec<&str> = path.iter().chain([&start]).map(|term| name(*term)).collect();
    let message = format!("'{}' depends on itself", name(start));
    let finding = Finding::error("CONTRACT-circular", 7, message)
        .because(format!("{}: a circle", chain.join(" needs ")))
        .fix("State one of these terms without the others");
    let mut problem = Problem::at(finding, CONTRACT_FILE, span(start)).label("needs itself");
    for term in path.iter().skip(1) {
        problem = problem.related(span(*term), "through this term");
    }
    problem
}

fn too_long(program: &Program, start: usize) -> Problem {
    let slot = program.terms.get(start);
    let name = slot.map_or("", |slot| slot.name.as_str());
    let message = format!("'{name}' rests on a chain of more than {CHAIN_MAX} terms");
    let finding = Finding::error("CONTRACT-too-deep", 7, message)
        .because("A reader must be able to follow a number down to the facts")
        .fix("Combine some of the terms");
    let span = slot.map(|slot| slot.span).unwrap_or_default();
    Problem::at(finding, CONTRACT_FILE, span).label("this term")
}

fn too_many_parts(program: &Program, term: usize) -> Problem {
    let slot = program.terms.get(term);
    let name = slot.map_or("", |slot| slot.name.as_str());
    let message = format!("'{name}' rests on more than {PARTS_MAX} parts inside each other");
    let finding = Finding::error("CONTRACT-too-deep", 7, message)
        .because("A reader must be able to follow a number down to the facts")
        .fix("Shorten the formulas of the terms that it rests on");
    let span = slot.map(|slot| slot.span).unwrap_or_default();
    Problem::at(finding, CONTRACT_FILE, span).label("this term")
}

/// True when `from` needs `to`, directly or through others.
fn reaches(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; needs.len()];
    let mut open = vec![from];
    while let Some(term) = open.pop() {
        for next in needs.get(term).into_iter().flatten().copied() {
            if next == to {
                return true;
            }
            if let Some(flag) = seen.get_mut(next).filter(|flag| !**flag) {
                *flag = true;
                open.push(next);
            }
        }
    }
    false
}
