//! What follows from a guide's text and is looked up while reading: worked out once.

use super::{
    Condition, DataType, Dictionary, Form, Guide, PartKind, PartRule, Plan, RuleIn, Usage,
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
    }
}

fn segments(guide: &mut Guide, dictionary: &Dictionary) {
    let is_coded = |part: &PartRule| part.forms.iter().any(|f| matches!(f.form, Form::Code(_)));
    for segment in &mut guide.segments {
        for (index, part) in segment.elements.iter().enumerate() {
            segment.code_parts.extend(is_coded(part).then_some((index + 1, 0)));
            let coded = part.components.iter().enumerate().filter(|(_, c)| is_coded(c));
            segment.code_parts.extend(coded.map(|(inner, _)| (index + 1, inner + 1)));
        }
        let base = segment.base.and_then(|base| dictionary.segment(base));
        let Some(base) = base else { continue };
        for (index, part) in base.parts.iter().enumerate() {
            let rule = segment.elements.get_mut(index);
            let is_required = rule.as_ref().is_some_and(|rule| rule.usage == Usage::Required);
            if part.is_mandatory || is_required {
                segment.needed = index + 1;
            }
            let Some(rule) = rule else { continue };
            if let PartKind::Element(kind) = &part.kind {
                let is_text = matches!(kind.data_type, DataType::An | DataType::Id);
                let lengths = (kind.length_min.max(1), kind.length_max);
                rule.has_sound_codes = is_text
                    && rule.usage != Usage::NotUsed
                    && rule.length.is_none()
                    && rule.forms.is_empty()
                    && rule.codes.as_ref().is_some_and(|codes| codes.are_plain(lengths));
            }
            if let PartKind::Composite { parts, .. } = &part.kind {
                let is_needed = |n: &usize| {
                    let inner = rule.components.get(*n);
                    parts[*n].is_mandatory || inner.is_some_and(|c| c.usage == Usage::Required)
                };
                rule.needed_components =
                    (0..parts.len()).rfind(is_needed).map_or(0, |last| last + 1);
            }
        }
    }
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
            place.push(RuleIn { rule: number, scope: position, needs });
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
