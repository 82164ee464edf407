//! Reads situational rules: conditions, references and what to say when they fail.

use super::{CodeList, Comparison, Condition, Guide, Plan, Reference, Rule, RuleScope, Test};
use counterfoil_base::{Decimal, Severity};

/// `CODE SNIP [warning|note] [in LOOP] when CONDITION then CONDITION [at REF] : message | fix`.
pub(super) fn rule(text: &'static str, guide: &Guide) -> Result<Rule, String> {
    let (head, said) = text.split_once(" : ").ok_or("expected ' : ' before the message")?;
    let (message, fix) = said.split_once(" | ").ok_or("expected ' | ' before the fix")?;
    let (front, conditions) = head.split_once(" when ").ok_or("expected when")?;
    let (when, rest) = conditions.split_once(" then ").ok_or("expected then")?;
    let (then, at) = match rest.rsplit_once(" at ") {
        Some((then, at)) => (then, Some(reference(at.trim())?)),
        None => (rest, None),
    };
    let mut words = front.split_whitespace();
    let code = words.next().ok_or("expected a code")?;
    let snip = words.next().and_then(|n| n.parse().ok()).ok_or("expected a SNIP type")?;
    let mut severity = Severity::Error;
    let mut scope: Option<&str> = None;
    while let Some(word) = words.next() {
        match word {
            "warning" => severity = Severity::Warning,
            "note" => severity = Severity::Note,
            "in" => scope = Some(words.next().ok_or("expected a loop after in")?),
            other => return Err(format!("{other} is not understood")),
        }
    }
    let parsed = Parsed { when: condition(when)?, then: condition(then)?, at };
    let scopes = scope_loops(scope, guide)?
        .into_iter()
        .map(|loop_index| parsed.seen_from(loop_index, guide))
        .collect::<Result<Vec<_>, _>>()?;
    let scopes = match scope {
        None => at_the_end_if_it_can(scopes, &parsed, guide)?,
        Some(_) => scopes,
    };
    Ok(Rule { code, snip, severity, message: message.trim(), fix: fix.trim(), scopes })
}

struct Parsed {
    when: Condition<Reference>,
    then: Condition<Reference>,
    at: Option<Reference>,
}

impl Parsed {
    fn seen_from(&self, loop_index: u16, guide: &Guide) -> Result<RuleScope, String> {
        let at = self.at.as_ref().map(|at| plan(at, loop_index, guide)).transpose()?;
        Ok(RuleScope {
            loop_index,
            when: resolve(&self.when, loop_index, guide)?,
            then: resolve(&self.then, loop_index, guide)?,
            at,
        })
    }
}

/// A rule about the header alone is tried once, when the transaction set ends, so that it also
/// speaks when there is no unit.
fn at_the_end_if_it_can(
    scopes: Vec<RuleScope>,
    parsed: &Parsed,
    guide: &Guide,
) -> Result<Vec<RuleScope>, String> {
    let is_in_header = |definition: u16| {
        let segment = &guide.segments[usize::from(definition)];
        let rule = &guide.loops[usize::from(segment.loop_index)];
        segment.loop_index == 0 || (rule.parent == 0 && !rule.is_context)
    };
    let all_in_header = scopes.iter().all(|scope| {
        let mut plans = Vec::new();
        collect(&scope.when, &mut plans);
        collect(&scope.then, &mut plans);
        plans.iter().all(|plan| plan.definitions.iter().all(|d| is_in_header(*d)))
    });
    match all_in_header {
        true => Ok(vec![parsed.seen_from(0, guide)?]),
        false => Ok(scopes),
    }
}

fn scope_loops(scope: Option<&str>, guide: &Guide) -> Result<Vec<u16>, String> {
    let wanted = |index: usize| {
        let entry = &guide.loops[index];
        scope.map_or(entry.is_unit, |id| entry.id == id)
    };
    let found = (1..guide.loops.len()).filter(|i| wanted(*i));
    let found: Vec<u16> = found.filter_map(|i| u16::try_from(i).ok()).collect();
    match scope {
        Some("transaction") => Ok(vec![0]),
        Some(id) if found.is_empty() => Err(format!("the guide has no loop {id}")),
        _ if found.is_empty() => Ok(vec![0]),
        _ => Ok(found),
    }
}

fn resolve(
    condition: &Condition<Reference>,
    from: u16,
    guide: &Guide,
) -> Result<Condition<Plan>, String> {
    let each = |parts: &[Condition<Reference>]| {
        parts.iter().map(|part| resolve(part, from, guide)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match condition {
        Condition::All(parts) => Condition::All(each(parts)?),
        Condition::Any(parts) => Condition::Any(each(parts)?),
        Condition::Not(inner) => Condition::Not(Box::new(resolve(inner, from, guide)?)),
        Condition::Test { reference, counted, test } => Condition::Test {
            reference: plan(reference, from, guide)?,
            counted: *counted,
            test: test.clone(),
        },
    })
}

/// Finds what a reference means as seen from a loop: in the loop itself, else in the loops
/// around it outwards, else in the loops within it, else within the loops around it.
fn plan(reference: &Reference, from: u16, guide: &Guide) -> Result<Plan, String> {
    let mut around = vec![from];
    while let Some(&last) = around.last().filter(|last| **last != 0) {
        around.push(guide.loops[usize::from(last)].parent);
    }
    let named = |anchor: u16, within: bool| {
        let found = definitions(reference, guide, |loop_index| {
            loop_index == anchor || (within && is_inside(guide, loop_index, anchor))
        });
        (!found.is_empty()).then_some((anchor, found))
    };
    let found = match reference.loop_id {
        None => around
            .iter()
            .find_map(|anchor| named(*anchor, false))
            .or_else(|| around.iter().find_map(|anchor| named(*anchor, true))),
        Some(_) => around.iter().find_map(|anchor| named(*anchor, true)),
    };
    let (anchor, definitions) = found.ok_or_else(|| {
        let place = reference.loop_id.unwrap_or("any loop");
        format!("the guide has no {} in {place}", reference.segment_id)
    })?;
    Ok(Plan {
        anchor,
        definitions,
        qualifier: reference.qualifier,
        element: reference.element,
        component: reference.component,
    })
}

fn is_inside(guide: &Guide, mut loop_index: u16, outer: u16) -> bool {
    while loop_index != 0 {
        loop_index = guide.loops[usize::from(loop_index)].parent;
        if loop_index == outer {
            return true;
        }
    }
    false
}

/// The segment rules that a reference can mean in the loops that `in_loop` accepts; for a loop,
/// its first segment.
fn definitions(reference: &Reference, guide: &Guide, in_loop: impl Fn(u16) -> bool) -> Vec<u16> {
    let mut found = Vec::new();
    for (index, entry) in guide.loops.iter().enumerate() {
        let is_named = reference.loop_id.is_none_or(|id| id == entry.id);
        if !is_named || !u16::try_from(index).is_ok_and(&in_loop) {
            continue;
        }
        let mut items = entry.items.iter().filter(|item| item.kind == super::ItemKind::Segment);
        match reference.segment_id {
            "" => found.extend(items.next().map(|item| item.segment)),
            id => found.extend(
                items
                    .map(|item| item.segment)
                    .filter(|segment| guide.segments[usize::from(*segment)].id == id),
            ),
        }
    }
    found
}

fn collect<'c, R>(condition: &'c Condition<R>, into: &mut Vec<&'c R>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                collect(part, into);
            }
        }
        Condition::Not(inner) => collect(inner, into),
        Condition::Test { reference, .. } => into.push(reference),
    }
}

fn condition(text: &'static str) -> Result<Condition<Reference>, String> {
    let mut words = Vec::new();
    for mut word in text.split_whitespace() {
        while let Some(rest) = word.strip_prefix('(') {
            words.push("(");
            word = rest;
        }
        let closing = word.len() - word.trim_end_matches(')').len();
        let word = word.trim_end_matches(')');
        if !word.is_empty() {
            words.push(word);
        }
        words.extend(std::iter::repeat_n(")", closing));
    }
    let mut position = 0;
    let parsed = any(&words, &mut position)?;
    match words.get(position) {
        None => Ok(parsed),
        Some(word) => Err(format!("{word} is not expected in a condition")),
    }
}

fn any(words: &[&'static str], at: &mut usize) -> Result<Condition<Reference>, String> {
    let mut parts = vec![all(words, at)?];
    while words.get(*at) == Some(&"or") {
        *at += 1;
        parts.push(all(words, at)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
}

fn all(words: &[&'static str], at: &mut usize) -> Result<Condition<Reference>, String> {
    let mut parts = vec![single(words, at)?];
    while words.get(*at) == Some(&"and") {
        *at += 1;
        parts.push(single(words, at)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
}

fn single(words: &[&'static str], at: &mut usize) -> Result<Condition<Reference>, String> {
    let word = *words.get(*at).ok_or("the condition ends too early")?;
    *at += 1;
    match word {
        "not" => Ok(Condition::Not(Box::new(single(words, at)?))),
        "(" => {
            let inner = any(words, at)?;
            if words.get(*at) != Some(&")") {
                return Err("a parenthesis is not closed".to_owned());
            }
            *at += 1;
            Ok(inner)
        }
        word => test(word),
    }
}

fn test(word: &'static str) -> Result<Condition<Reference>, String> {
    let (counted, body) = match word.strip_prefix("count:") {
        Some(body) => (true, body),
        None => (false, word),
    };
    let Some(split) = body.find(['=', '!', '^', '<', '>']) else {
        if counted {
            return Err("a count is compared with a number".to_owned());
        }
        return Ok(Condition::Test { reference: reference(body)?, counted, test: Test::Present });
    };
    let (name, rest) = body.split_at(split);
    let operators = [">=", "<=", "!=", "^=", "=", "<", ">"];
    let operator = operators.iter().find(|operator| rest.starts_with(**operator));
    let operator = *operator.ok_or_else(|| format!("{rest} is not a comparison"))?;
    let value = &rest[operator.len()..];
    if value.is_empty() {
        return Err("a comparison needs a value".to_owned());
    }
    let number = || Decimal::parse(value).map_err(|_| format!("{value} is not a number"));
    let test = match (operator, counted) {
        (">=", _) => Test::Compare(Comparison::GreaterOrEqual, number()?),
        ("<=", _) => Test::Compare(Comparison::LessOrEqual, number()?),
        (">", _) => Test::Compare(Comparison::Greater, number()?),
        ("<", _) => Test::Compare(Comparison::Less, number()?),
        ("=", true) => Test::Compare(Comparison::Equal, number()?),
        ("!=", true) => Test::Compare(Comparison::NotEqual, number()?),
        ("=", false) => Test::OneOf(CodeList::parse(value)),
        ("!=", false) => Test::NoneOf(CodeList::parse(value)),
        ("^=", false) => Test::BeginsWith(value.split('|').collect()),
        _ => return Err("a count is compared with a number".to_owned()),
    };
    Ok(Condition::Test { reference: reference(name)?, counted, test })
}

/// `[LOOP/]SEG[QUALIFIER]EE-C` or `loop:LOOP` or `loop:LOOP/SEG...`.
pub(super) fn reference(text: &'static str) -> Result<Reference, String> {
    let fail = || format!("{text} is not a reference");
    let (text_after_loop, is_loop) = match text.strip_prefix("loop:") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (loop_id, body) = match text_after_loop.split_once('/') {
        Some((loop_id, body)) => (Some(loop_id), body),
        None if is_loop => (Some(text_after_loop), ""),
        None => (None, text_after_loop),
    };
    if loop_id == Some("") {
        return Err(fail());
    }
    let empty = Reference { loop_id, segment_id: "", qualifier: None, element: 0, component: 0 };
    if body.is_empty() {
        return if is_loop { Ok(empty) } else { Err(fail()) };
    }
    let (segment_id, qualifier, place) = match body.split_once('[') {
        Some((id, rest)) => {
            let (qualifier, place) = rest.split_once(']').ok_or_else(fail)?;
            (id, Some(qualifier), place)
        }
        None => {
            let dash = body.find('-').unwrap_or(body.len());
            let digits = body[..dash].len() >= 4 && body.as_bytes()[..dash].ends_with_digits();
            let cut = if digits { dash - 2 } else { body.len() };
            (&body[..cut], None, &body[cut..])
        }
    };
    let (element, component) = match place {
        "" => (0, 0),
        place => {
            let (element, component) = place.split_once('-').unwrap_or((place, "0"));
            (element.parse().map_err(|_| fail())?, component.parse().map_err(|_| fail())?)
        }
    };
    if !(2..=3).contains(&segment_id.len()) {
        return Err(fail());
    }
    Ok(Reference { loop_id, segment_id, qualifier, element, component })
}

trait EndsWithDigits {
    /// True when the last two bytes are digits.
    fn ends_with_digits(&self) -> bool;
}

impl EndsWithDigits for [u8] {
    fn ends_with_digits(&self) -> bool {
        self.len() >= 2 && self[self.len() - 2..].iter().all(u8::is_ascii_digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_cut_into_their_parts() {
        for (text, loop_id, segment, qualifier, element, component) in [
            ("CLM", None, "CLM", None, 0, 0),
            ("NM109", None, "NM1", None, 9, 0),
            ("N3", None, "N3", None, 0, 0),
            ("N301", None, "N3", None, 1, 0),
            ("SV1", None, "SV1", None, 0, 0),
            ("HI01-2", None, "HI", None, 1, 2),
            ("REF[F8]02", None, "REF", Some("F8"), 2, 0),
            ("2010BA/DMG", Some("2010BA"), "DMG", None, 0, 0),
            ("loop:2010BA", Some("2010BA"), "", None, 0, 0),
            ("loop:2010BA/DMG", Some("2010BA"), "DMG", None, 0, 0),
        ] {
            let found = reference(text).unwrap();
            assert_eq!(found.loop_id, loop_id, "{text}");
            assert_eq!(found.segment_id, segment, "{text}");
            assert_eq!(found.qualifier, qualifier, "{text}");
            assert_eq!((found.element, found.component), (element, component), "{text}");
        }
        for text in ["", "loop:", "X", "NM109-X", "REF[F8"] {
            assert!(reference(text).is_err(), "{text}");
        }
    }

    #[test]
    fn conditions_bind_not_before_and_before_or() {
        let parsed = condition("not CLM or (SBR02=18 and CLM05-1^=8|9)").unwrap();
        let Condition::Any(parts) = parsed else { panic!("or binds last") };
        assert!(matches!(parts[0], Condition::Not(_)));
        assert!(matches!(&parts[1], Condition::All(inner) if inner.len() == 2));
        for text in ["", "CLM and", "(CLM", "CLM CLM", "count:LX", "SV102>x"] {
            assert!(condition(text).is_err(), "{text}");
        }
    }
}
