//! What follows from a guide's text and is looked up while reading: worked out once.

use super::{
    Condition, DataType, Dictionary, Form, Guide, LoopRule, PartKind, PartRule, Plan, RuleIn,
    Usage, Usual, UsualKind,
};

/// Fills in the derived parts of a guide whose text has been read.
pub(super) fn index(guide: &mut Guide, dictionary: &Dictionary) {
    loops(guide);
    segments(guide, dictionary);
    service_dates(guide);
    rules(guide);
}

fn loops(guide: &mut Guide) {
    for entry in &mut guide.loops {
        for (index, item) in (0u16..).zip(&entry.items) {
            match entry.tags.iter().position(|tag| *tag == item.tag) {
                Some(at) => entry.by_tag[at].push(index),
                None => {
                    entry.tags.push(item.tag);
                    entry.by_tag.push(vec![index]);
                }
            }
            if item.usage == Usage::Required {
                entry.required.push(index);
            }
        }
        let LoopRule { items, required, .. } = entry;
        required.sort_by_key(|index| items[usize::from(*index)].order);
    }
}

fn segments(guide: &mut Guide, dictionary: &Dictionary) {
    let is_coded = |part: &PartRule| part.forms.iter().any(|f| matches!(f.form, Form::Code(_)));
    for segment in &mut guide.segments {
        for (index, part) in segment.elements.iter().enumerate() {
            let inner = part.components.iter().enumerate().filter(|(_, inner)| is_coded(inner));
            let own = is_coded(part).then_some(0);
            let coded: Vec<usize> = own.into_iter().chain(inner.map(|(n, _)| n + 1)).collect();
            if !coded.is_empty() {
                segment.code_parts.push((index + 1, coded));
            }
        }
        let base = segment.base.and_then(|base| dictionary.segment(base));
        let Some(base) = base else { continue };
        for (index, part) in base.parts.iter().enumerate() {
            let rule = segment.elements.get_mut(index);
            let is_required = rule.as_ref().is_some_and(|rule| rule.usage == Usage::Required);
            if part.is_mandatory || is_required {
                segment.required |= 1 << (index + 1).min(63);
            }
            let Some(rule) = rule else { continue };
            rule.usual = usual(rule, &part.kind);
            segment.usual.push(rule.usual);
            if let PartKind::Composite { parts, .. } = &part.kind {
                let is_needed = |n: &usize| {
                    let inner = rule.components.get(*n);
                    parts[*n].is_mandatory || inner.is_some_and(|c| c.usage == Usage::Required)
                };
                rule.needed_components =
                    (0..parts.len()).rfind(is_needed).map_or(0, |last| last + 1);
                for (inner, base) in rule.components.iter_mut().zip(parts) {
                    inner.usual = usual(inner, &base.kind);
                }
            }
        }
    }
}

/// What a value is like that passes every check of the element: see [`PartRule::usual`].
fn usual(rule: &PartRule, kind: &PartKind) -> Option<Usual> {
    let PartKind::Element(element) = kind else { return None };
    let is_money = matches!(rule.forms.as_slice(), [one] if one.form == Form::Money);
    let are_lookups = rule.forms.iter().all(|form| matches!(form.form, Form::Code(_)));
    if rule.usage == Usage::NotUsed || !(is_money || are_lookups) {
        return None;
    }
    let kind = match element.data_type {
        DataType::An | DataType::Id if are_lookups && rule.codes.is_some() => UsualKind::Code,
        DataType::An | DataType::Id if are_lookups => UsualKind::Text,
        DataType::N(_) if are_lookups && rule.codes.is_none() => UsualKind::Whole,
        // The guide's bounds count the point of a decimal that is no amount of money.
        DataType::R if rule.codes.is_none() && (is_money || rule.length.is_none()) => {
            UsualKind::Decimal { places_max: if is_money { 2 } else { u8::MAX } }
        }
        _ => return None,
    };
    let (min, max) = rule.length.unwrap_or((0, u16::MAX));
    Some(Usual {
        kind,
        length_min: element.length_min.max(min).max(1),
        length_max: element.length_max.min(max),
    })
}

fn service_dates(guide: &mut Guide) {
    for date in &mut guide.service_dates {
        let named = (0u16..).zip(&guide.loops).filter(|(_, entry)| entry.id == date.loop_id);
        date.loops.extend(named.map(|(index, _)| index));
    }
}

fn rules(guide: &mut Guide) {
    guide.rules_in.resize_with(guide.loops.len(), Vec::new);
    for (number, rule) in guide.rules.iter().enumerate() {
        for (position, scope) in rule.scopes.iter().enumerate() {
            let needs = needs(&scope.when);
            let place = &mut guide.rules_in[usize::from(scope.loop_index)];
            let before = place.last().map(|before| &guide.rules[before.rule].scopes[before.scope]);
            let repeats_condition = before.is_some_and(|before| before.when == scope.when);
            place.push(RuleIn { rule: number, scope: position, needs, repeats_condition });
        }
    }
}

/// Definitions of which one must be there for the condition to hold.
fn needs(condition: &Condition<Plan>) -> Option<Vec<u16>> {
    match condition {
        Condition::All(parts) => parts.iter().find_map(needs),
        Condition::Any(parts) => {
            let all: Option<Vec<Vec<u16>>> = parts.iter().map(needs).collect();
            Some(all?.concat())
        }
        Condition::Not(_) | Condition::Test { counted: true, .. } => None,
        Condition::Test { reference, counted: false, .. } => Some(reference.definitions.clone()),
    }
}
