//! Multiple procedures of one day: the order by fee and the share that each one is paid.
//!
//! Medicare Claims Processing Manual, chapter 12, section 40.6: indicator 2 pays 100 percent
//! of the highest fee and 50 percent of the next four; indicator 3 pays the endoscopies of one
//! family as the highest fee plus what each other exceeds the base endoscopy.

use super::modifiers::ASSISTANTS;
use super::{PricedLine, Pricing, has_modifier, ranked_method};
use crate::rates::{RvuRow, Term};
use counterfoil_base::{Date, Decimal, Text};

const HALF: Decimal = Decimal::new(5, 1);
/// Procedures beyond the fifth are priced by report.
const RANK_MAX: i64 = 5;

/// What ranking changes on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rank {
    /// Sum of the shares of the line's units; nothing: units as they are.
    pub shares: Option<Decimal>,
    /// Fee of the base endoscopy that is taken off.
    pub base_fee: Option<Decimal>,
    /// More than five procedures: a person prices.
    pub by_report: bool,
}

/// A line that takes part in ranking.
struct Entry<'a> {
    /// Position in the slice of lines.
    at: usize,
    /// Day, provider and role: only lines that agree in them are ranked together.
    session: (Date, &'a str, bool),
    /// Endoscopy family, empty for indicator 2.
    family: &'a str,
    /// Unit fee with modifiers, before any reduction.
    fee: Decimal,
    /// Procedures on the line.
    count: i64,
}

/// One indicator 2 line or one endoscopy family.
struct Procedure {
    members: Vec<usize>,
    total: Decimal,
    count: i64,
    first: usize,
}

/// Ranks the lines; lines that take no part get a rank that changes nothing.
pub(crate) fn rank(
    pricing: &Pricing<'_>,
    lines: &[PricedLine<'_>],
    terms: &[Option<&Term>],
) -> Vec<Rank> {
    let mut ranks = vec![Rank::default(); lines.len()];
    let mut entries = Vec::new();
    if lines.len() < 2 && lines.iter().all(|line| line.line.units == Decimal::ONE) {
        return ranks;
    }
    for (at, line) in lines.iter().enumerate() {
        let method = terms[at].and_then(|term| ranked_method(&term.method));
        let Some(method) = method else {
            continue;
        };
        let Ok(unit) = pricing.unit_fee(method, line) else {
            continue;
        };
        let Some(row) = unit.row else {
            continue;
        };
        if let Some(entry) = entry(pricing, at, line, row, unit.with_factors()) {
            entries.push(entry);
        }
    }
    let mut done: Vec<(Date, &str, bool)> = Vec::new();
    for entry in &entries {
        if done.contains(&entry.session) {
            continue;
        }
        done.push(entry.session);
        let session: Vec<&Entry<'_>> =
            entries.iter().filter(|other| other.session == entry.session).collect();
        rank_session(pricing, lines, &session, &mut ranks);
    }
    ranks
}

fn entry<'a>(
    pricing: &Pricing<'a>,
    at: usize,
    line: &PricedLine<'a>,
    row: &'a RvuRow,
    fee: Option<Decimal>,
) -> Option<Entry<'a>> {
    let family = match row.multiple {
        b'2' => "",
        b'3' if !row.endoscopy_base.is_empty() => row.endoscopy_base.as_str(),
        _ => return None,
    };
    let count = line.line.units.to_whole().filter(|units| (1..=99).contains(units))?;
    let own = line.line.providers.iter().find(|provider| provider.entity == "82");
    let provider = own.unwrap_or_else(|| pricing.claim.rendering_provider());
    let assists = has_modifier(line.facts.modifiers, &ASSISTANTS);
    let session = (line.facts.day, provider.id.as_str(), assists);
    Some(Entry { at, session, family, fee: fee?, count })
}

fn rank_session(
    pricing: &Pricing<'_>,
    lines: &[PricedLine<'_>],
    session: &[&Entry<'_>],
    ranks: &mut [Rank],
) {
    let mut procedures: Vec<Procedure> = Vec::new();
    let mut families: Vec<&str> = Vec::new();
    for entry in session {
        if entry.family.is_empty() {
            let total = entry.fee;
            let (members, count) = (vec![entry.at], entry.count);
            procedures.push(Procedure { members, total, count, first: entry.at });
        } else if !families.contains(&entry.family) {
            families.push(entry.family);
            let family: Vec<&Entry<'_>> =
                session.iter().copied().filter(|other| other.family == entry.family).collect();
            procedures.push(rank_family(pricing, lines, &family, ranks));
        }
    }
    procedures
        .sort_by(|left, right| right.total.cmp(&left.total).then(left.first.cmp(&right.first)));
    let mut position = 0;
    for procedure in &procedures {
        let shares = shares(position, procedure.count);
        position += procedure.count;
        for &at in &procedure.members {
            // A family counts once in the ranking, so its lines keep their own units.
            let per_unit = if procedure.members.len() > 1 || procedure.count == 1 {
                shares.and_then(|share| share.checked_mul(lines[at].line.units))
            } else {
                shares
            };
            ranks[at].shares = per_unit;
            ranks[at].by_report = shares.is_none();
        }
    }
}

/// Sum of the shares of `count` procedures that follow `position` others.
fn shares(position: i64, count: i64) -> Option<Decimal> {
    if position + count > RANK_MAX {
        return None;
    }
    let full = i64::from(position == 0);
    let halves = Decimal::whole(count - full).checked_mul(HALF)?;
    Decimal::whole(full).checked_add(halves)
}

/// The highest endoscopy of a family in full, each other less the base endoscopy.
fn rank_family(
    pricing: &Pricing<'_>,
    lines: &[PricedLine<'_>],
    family: &[&Entry<'_>],
    ranks: &mut [Rank],
) -> Procedure {
    let first = family.iter().map(|entry| entry.at).min().unwrap_or(0);
    let members: Vec<usize> = family.iter().map(|entry| entry.at).collect();
    let highest = family
        .iter()
        .max_by(|left, right| left.fee.cmp(&right.fee).then(right.at.cmp(&left.at)))
        .map_or(first, |entry| entry.at);
    let mut total = Decimal::ZERO;
    for entry in family {
        let mut fee = entry.fee;
        if entry.at != highest {
            let base = Text::new(entry.family);
            let base_fee = pricing.base_fee(&lines[entry.at], &base);
            let less = base_fee.and_then(|base| fee.checked_sub(base)).unwrap_or(fee);
            fee = less.max(Decimal::ZERO);
            ranks[entry.at].base_fee = base_fee;
        }
        total = total.checked_add(fee).unwrap_or(total);
    }
    Procedure { members, total, count: 1, first }
}
