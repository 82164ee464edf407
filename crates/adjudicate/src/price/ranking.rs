//! Multiple procedures of one day: their order by fee.
//!
//! Medicare Claims Processing Manual, chapter 12, section 40.6. The pricing document says by which
//! fee procedures are ranked and what each place is paid.

use super::line_price::is_payable;
use super::{PricedLine, Pricing, has_modifier};
use crate::rates::{PriceRule, Term};
use counterfoil_base::{Date, Decimal};
use counterfoil_contract::{LineFacts, Memory, Number, Value};
use std::sync::Arc;

/// The modifiers of an assistant at surgery, whose procedures are ranked apart.
const ASSISTANTS: [&str; 4] = ["80", "81", "82", "AS"];

/// What ranking finds for one line; nothing for lines that take no part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rank {
    /// Procedures of the day that are ranked above the line's, and the line's own.
    pub place: Option<(i64, i64)>,
    /// Fee of the base endoscopy that is taken off.
    pub base_fee: Option<Value>,
    /// The facts by which the line was ranked, with their document.
    facts: Option<(Arc<PriceRule>, LineFacts)>,
}

impl Rank {
    /// Whether the line takes part.
    pub fn is_ranked(&self) -> bool {
        self.place.is_some()
    }

    /// The facts by which the line was ranked, when it was by this document.
    pub fn take_facts(&mut self, rule: &Arc<PriceRule>) -> Option<LineFacts> {
        self.facts.take_if(|(known, _)| Arc::ptr_eq(known, rule)).map(|(_, facts)| facts)
    }
}

/// A line that takes part in ranking.
struct Entry<'a> {
    /// Position in the slice of lines.
    at: usize,
    /// The document by which it is priced.
    rule: &'a Arc<PriceRule>,
    /// Day, provider and role: only lines that agree in them are ranked together.
    session: (Date, &'a str, bool),
    /// Endoscopy family, empty for indicator 2.
    family: &'a str,
    /// Unit fee with modifiers, before any reduction.
    fee: Number,
    /// Procedures on the line.
    count: i64,
}

/// One indicator 2 line or one endoscopy family.
struct Procedure {
    members: Vec<usize>,
    total: Number,
    count: i64,
    first: usize,
}

/// Ranks the lines; lines that take no part get a rank that changes nothing.
pub(crate) fn rank<'a>(
    pricing: &Pricing<'a>,
    lines: &[PricedLine<'a>],
    terms: &[Option<&'a Term>],
    memory: &mut Memory,
) -> Vec<Rank> {
    let mut ranks = vec![Rank::default(); lines.len()];
    if lines.len() < 2 && lines.iter().all(|line| line.line.units == Decimal::ONE) {
        return ranks;
    }
    let mut entries = Vec::new();
    for (at, (line, term)) in lines.iter().zip(terms).enumerate() {
        if let Some(rule) = term.and_then(|term| term.pricing.ranked())
            && let Some((entry, facts)) = entry(pricing, at, line, rule, memory)
        {
            ranks[at].facts = Some((Arc::clone(rule), facts));
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
        rank_session(pricing, lines, &session, &mut ranks, memory);
    }
    ranks
}

fn entry<'a>(
    pricing: &Pricing<'a>,
    at: usize,
    line: &PricedLine<'a>,
    rule: &'a Arc<PriceRule>,
    memory: &mut Memory,
) -> Option<(Entry<'a>, LineFacts)> {
    let row = pricing.ranking_row(rule, line)?;
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
    let facts = pricing.line_facts(rule, line, None);
    memory.next_line();
    if !is_payable(rule, &facts, memory) {
        return None;
    }
    let (ranking_fee, _) = rule.ranking?;
    match rule.pricer.value(ranking_fee, &facts, memory) {
        Ok(Value::Number(fee)) => Some((Entry { at, rule, session, family, fee, count }, facts)),
        _ => None,
    }
}

fn rank_session<'a>(
    pricing: &Pricing<'a>,
    lines: &[PricedLine<'a>],
    session: &[&Entry<'a>],
    ranks: &mut [Rank],
    memory: &mut Memory,
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
            procedures.push(rank_family(pricing, lines, &family, ranks, memory));
        }
    }
    procedures
        .sort_by(|left, right| right.total.cmp(&left.total).then(left.first.cmp(&right.first)));
    let mut position = 0;
    for procedure in &procedures {
        for &at in &procedure.members {
            ranks[at].place = Some((position, procedure.count));
        }
        position += procedure.count;
    }
}

/// The highest endoscopy of a family in full, each other less the base endoscopy.
fn rank_family<'a>(
    pricing: &Pricing<'a>,
    lines: &[PricedLine<'a>],
    family: &[&Entry<'a>],
    ranks: &mut [Rank],
    memory: &mut Memory,
) -> Procedure {
    let first = family.iter().map(|entry| entry.at).min().unwrap_or(0);
    let members: Vec<usize> = family.iter().map(|entry| entry.at).collect();
    let highest = family
        .iter()
        .max_by(|left, right| left.fee.cmp(&right.fee).then(right.at.cmp(&left.at)))
        .map_or(first, |entry| entry.at);
    let mut total = Number::ZERO;
    for entry in family {
        let mut fee = entry.fee;
        if entry.at != highest {
            let base_fee = base_fee(pricing, entry, &lines[entry.at], memory);
            let less = base_fee.and_then(|base| fee.checked_sub(base)).unwrap_or(fee);
            fee = less.max(Number::ZERO);
            ranks[entry.at].base_fee = base_fee.map(Value::Number);
        }
        total = total.checked_add(fee).unwrap_or(total);
    }
    Procedure { members, total, count: 1, first }
}

/// Unit fee of the base endoscopy, by the document and tables of the line's own term.
fn base_fee<'a>(
    pricing: &Pricing<'a>,
    entry: &Entry<'a>,
    line: &PricedLine<'a>,
    memory: &mut Memory,
) -> Option<Number> {
    let mut base = *line;
    base.facts.procedure = entry.family;
    base.facts.modifiers = &[];
    let facts = pricing.line_facts(entry.rule, &base, None);
    memory.next_line();
    let (_, unit_fee) = entry.rule.ranking?;
    match entry.rule.pricer.value(unit_fee, &facts, memory) {
        Ok(Value::Number(fee)) => Some(fee),
        _ => None,
    }
}
