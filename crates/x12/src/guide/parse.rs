//! Reads a guide text into loops, segments and rules; each mistake names its line.

use super::dictionary::Dictionary;
use super::{
    CodeDate, CodeList, Discriminator, Form, FormRule, Guide, GuideError, Item, ItemKind, LoopRule,
    PartRule, SegmentRule, ServiceDate, Usage,
};
use super::{index, parse_rule};
use crate::raw::SegmentTag;

/// Lines without comments and blank lines, with their 1-based numbers; indentation is kept.
pub(super) fn statements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.split("  #").next().unwrap_or("").trim_end();
        let is_statement = !line.is_empty() && !line.trim_start().starts_with('#');
        is_statement.then_some((index + 1, line))
    })
}

struct Parser<'d> {
    dictionary: &'d Dictionary,
    guide: Guide,
    /// Open loops: indentation of their content, index.
    open: Vec<(usize, u16)>,
    /// Indentation of the element lines of the last segment, and its index.
    segment: Option<(usize, u16)>,
    unit: Option<&'static str>,
    line_loop: Option<&'static str>,
    rules: Vec<(usize, &'static str)>,
}

/// Parses a guide.
pub(super) fn parse(text: &'static str, dictionary: &Dictionary) -> Result<Guide, GuideError> {
    let mut lines = statements(text);
    let (first_line, first) = lines.next().ok_or_else(|| GuideError::new(0, "empty guide"))?;
    let mut parser = Parser {
        dictionary,
        guide: head(first).ok_or_else(|| GuideError::new(first_line, "expected guide ..."))?,
        open: vec![(0, 0)],
        segment: None,
        unit: None,
        line_loop: None,
        rules: Vec::new(),
    };
    for (number, line) in lines {
        parser.statement(number, line).map_err(|message| GuideError::new(number, message))?;
    }
    parser.finish()
}

fn head(line: &'static str) -> Option<Guide> {
    let mut words = line.splitn(6, ' ');
    if words.next()? != "guide" {
        return None;
    }
    let root = LoopRule {
        id: "",
        path: "",
        name: "transaction set",
        parent: 0,
        items: Vec::new(),
        tags: Vec::new(),
        by_tag: Vec::new(),
        required: Vec::new(),
        is_context: true,
        is_unit: false,
        is_line: false,
    };
    Some(Guide {
        id: words.next()?,
        transaction_set: words.next()?,
        version: words.next()?,
        functional_id: words.next()?,
        title: words.next()?,
        accepts: Vec::new(),
        loops: vec![root],
        segments: Vec::new(),
        service_dates: Vec::new(),
        code_dates: Vec::new(),
        rules: Vec::new(),
        rules_in: Vec::new(),
        has_unit: false,
    })
}

impl Parser<'_> {
    fn statement(&mut self, number: usize, line: &'static str) -> Result<(), String> {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let (word, rest) = body.split_once(' ').unwrap_or((body, ""));
        match word {
            "accepts" => self.guide.accepts.extend(rest.split_whitespace()),
            "unit" => self.unit = Some(rest.trim()),
            "line" => self.line_loop = Some(rest.trim()),
            "service-date" => self.service_date(rest)?,
            "code-date" => self.code_date(rest)?,
            "rule" => self.rules.push((number, rest)),
            "seg" => self.segment_statement(indent, rest)?,
            "loop" => self.loop_statement(indent, rest)?,
            "copy" => self.copy_statement(indent, rest)?,
            _ => self.element_statement(indent, body)?,
        }
        Ok(())
    }

    fn service_date(&mut self, rest: &'static str) -> Result<(), String> {
        let mut words = rest.split_whitespace();
        let loop_id = words.next().ok_or("expected a loop")?;
        let reference = parse_rule::reference(words.next().ok_or("expected a reference")?)?;
        let takes_end = words.next() == Some("end");
        let loops = Vec::new();
        let tag = SegmentTag::new(reference.segment_id.as_bytes());
        let date = ServiceDate { loop_id, loops, reference, tag, takes_end };
        self.guide.service_dates.push(date);
        Ok(())
    }

    fn code_date(&mut self, rest: &'static str) -> Result<(), String> {
        let (sets, place) = rest.split_once(' ').ok_or("expected code sets and a reference")?;
        let set = |word: &str| match Form::parse(word) {
            Some(Form::Code(set)) => Ok(set),
            _ => Err(format!("{word} is not a code set")),
        };
        let sets = sets.split('|').map(set).collect::<Result<_, _>>()?;
        let reference = parse_rule::reference(place.trim())?;
        self.guide.code_dates.push(CodeDate { sets, reference });
        Ok(())
    }

    /// The loop that a statement at this indentation belongs to; deeper loops are closed.
    fn parent_at(&mut self, indent: usize) -> Result<u16, String> {
        while self.open.last().is_some_and(|(content, _)| *content > indent) {
            self.open.pop();
        }
        match self.open.last() {
            Some(&(content, index)) if content == indent => Ok(index),
            _ => Err("indentation does not fit".to_owned()),
        }
    }

    fn segment_statement(&mut self, indent: usize, rest: &'static str) -> Result<(), String> {
        let parent = self.parent_at(indent)?;
        let (id, (usage, is_lenient), max, name) = entry(rest)?;
        let index = self.add_segment(id, name, parent)?;
        let tag = SegmentTag::new(id.as_bytes());
        self.add_item(
            parent,
            Item { kind: ItemKind::Segment, tag, order: 0, usage, is_lenient, max, segment: index },
        );
        self.segment = Some((indent + 2, index));
        Ok(())
    }

    fn add_segment(
        &mut self,
        id: &'static str,
        name: &'static str,
        loop_index: u16,
    ) -> Result<u16, String> {
        let base = self.dictionary.index_of(SegmentTag::new(id.as_bytes()));
        if base.is_none() {
            return Err(format!("segment {id} is not in the dictionary"));
        }
        let index = small(self.guide.segments.len())?;
        self.guide.segments.push(SegmentRule::new((id, name), loop_index, base));
        Ok(index)
    }

    /// Adds an item with the order that its neighbours give it; the first of a loop stands alone.
    fn add_item(&mut self, parent: u16, mut item: Item) {
        let items = &mut self.guide.loops[usize::from(parent)].items;
        let is_loop = |kind: ItemKind| kind != ItemKind::Segment;
        item.order = match items.last() {
            None => 0,
            Some(last) => {
                let is_alike = last.tag == item.tag && is_loop(last.kind) == is_loop(item.kind);
                let shares = is_alike && (items.len() > 1 || parent == 0);
                if shares { last.order } else { last.order + 1 }
            }
        };
        items.push(item);
    }

    fn loop_statement(&mut self, indent: usize, rest: &'static str) -> Result<(), String> {
        let parent = self.parent_at(indent)?;
        let (id, (usage, is_lenient), max, name) = entry(rest)?;
        let index = self.add_loop(id, name, parent)?;
        // The tag and segment are filled in when the loop's first segment is known.
        let item = Item {
            kind: ItemKind::Loop(index),
            tag: SegmentTag::new(b""),
            order: 0,
            usage,
            is_lenient,
            max,
            segment: u16::MAX,
        };
        self.guide.loops[usize::from(parent)].items.push(item);
        self.open.push((indent + 2, index));
        self.segment = None;
        Ok(())
    }

    fn add_loop(
        &mut self,
        id: &'static str,
        name: &'static str,
        parent: u16,
    ) -> Result<u16, String> {
        let index = small(self.guide.loops.len())?;
        let path: &'static str = match self.guide.loops[usize::from(parent)].path {
            "" => id,
            above => String::leak(format!("{above}/{id}")),
        };
        self.guide.loops.push(LoopRule {
            id,
            path,
            name,
            parent,
            items: Vec::new(),
            tags: Vec::new(),
            by_tag: Vec::new(),
            required: Vec::new(),
            is_context: false,
            is_unit: false,
            is_line: false,
        });
        Ok(index)
    }

    fn copy_statement(&mut self, indent: usize, rest: &'static str) -> Result<(), String> {
        let parent = self.parent_at(indent)?;
        let mut words = rest.split_whitespace();
        let id = words.next().ok_or("expected a loop")?;
        let original = self.guide.loops.iter().position(|l| l.id == id);
        let original = small(original.ok_or_else(|| format!("loop {id} is not written above"))?)?;
        let mut item = self
            .guide
            .loops
            .iter()
            .flat_map(|l| &l.items)
            .find(|item| item.kind == ItemKind::Loop(original))
            .copied()
            .ok_or("the loop has no place")?;
        if let (Some(usage), Some(max)) = (words.next(), words.next()) {
            let (usage, is_lenient) = lenient(usage);
            (item.usage, item.is_lenient) = (parse_usage(usage)?, is_lenient);
            item.max = parse_max(max)?;
        }
        item.kind = ItemKind::Loop(self.copy_loop(original, parent)?);
        self.guide.loops[usize::from(parent)].items.push(item);
        self.segment = None;
        Ok(())
    }

    fn copy_loop(&mut self, original: u16, parent: u16) -> Result<u16, String> {
        let (id, name) = {
            let source = &self.guide.loops[usize::from(original)];
            (source.id, source.name)
        };
        let index = self.add_loop(id, name, parent)?;
        for position in 0..self.guide.loops[usize::from(original)].items.len() {
            let mut item = self.guide.loops[usize::from(original)].items[position];
            match item.kind {
                ItemKind::Loop(inner) => item.kind = ItemKind::Loop(self.copy_loop(inner, index)?),
                ItemKind::Segment => {
                    let source = &self.guide.segments[usize::from(item.segment)];
                    let copy = SegmentRule { loop_index: index, ..source.clone() };
                    item.segment = small(self.guide.segments.len())?;
                    self.guide.segments.push(copy);
                }
            }
            self.guide.loops[usize::from(index)].items.push(item);
        }
        Ok(index)
    }

    fn element_statement(&mut self, indent: usize, body: &'static str) -> Result<(), String> {
        let index = match self.segment {
            Some((expected, index)) if expected == indent => usize::from(index),
            _ => return Err("expected a statement, or an element of a segment".to_owned()),
        };
        let segment = &mut self.guide.segments[index];
        let (place, rest) = body.split_once(' ').ok_or("expected a usage")?;
        if let Some(source) = rest.strip_prefix("= ") {
            return copy_elements(segment, place, source.trim());
        }
        let (element, component) = parse_place(place)?;
        let rule = part_rule(rest)?;
        if rule.is_discriminator {
            let codes = rule.codes.clone().ok_or("a discriminator needs codes")?;
            segment.discriminators.push(Discriminator { element, component, codes });
        }
        let slot = grow(&mut segment.elements, element);
        if component == 0 {
            let components = std::mem::take(&mut slot.components);
            *slot = PartRule { components, ..rule };
        } else {
            if slot.components.is_empty() && slot.usage == Usage::NotUsed {
                // A composite without a line of its own is required.
                slot.usage = Usage::Required;
            }
            *grow(&mut slot.components, component) = rule;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Guide, GuideError> {
        self.link_loops().map_err(|message| GuideError::new(0, message))?;
        let unit = self.unit;
        self.guide.has_unit = unit.is_some();
        for index in 1..self.guide.loops.len() {
            let entry = &mut self.guide.loops[index];
            entry.is_line = Some(entry.id) == self.line_loop;
            entry.is_unit = Some(entry.id) == unit;
            if entry.is_unit {
                let mut at = index;
                while at != 0 {
                    self.guide.loops[at].is_context = true;
                    at = usize::from(self.guide.loops[at].parent);
                }
            }
        }
        for (line, text) in std::mem::take(&mut self.rules) {
            let rule = parse_rule::rule(text, &self.guide)
                .map_err(|message| GuideError::new(line, message))?;
            self.guide.rules.push(rule);
        }
        index::index(&mut self.guide, self.dictionary);
        Ok(self.guide)
    }

    /// Gives each loop item the tag of the loop's first segment, then orders the items.
    fn link_loops(&mut self) -> Result<(), String> {
        let mut first = Vec::with_capacity(self.guide.loops.len());
        for entry in &self.guide.loops {
            first.push(entry.items.first().copied());
        }
        for index in 0..self.guide.loops.len() {
            let mut items = std::mem::take(&mut self.guide.loops[index].items);
            for item in &mut items {
                if let ItemKind::Loop(inner) = item.kind {
                    let id = self.guide.loops[usize::from(inner)].id;
                    match first[usize::from(inner)] {
                        Some(opener) if opener.kind == ItemKind::Segment => {
                            (item.tag, item.segment) = (opener.tag, opener.segment);
                        }
                        _ => return Err(format!("loop {id} does not begin with a segment")),
                    }
                }
            }
            for item in items {
                self.add_item(small(index)?, item);
            }
            small(self.guide.loops[index].items.len())?;
        }
        Ok(())
    }
}

/// Identifier, usage and whether it binds senders alone, repeats and name.
type Entry = (&'static str, (Usage, bool), u32, &'static str);

/// `ID USAGE MAX NAME`.
fn entry(rest: &'static str) -> Result<Entry, String> {
    let mut words = rest.splitn(4, ' ');
    let id = words.next().filter(|id| !id.is_empty()).ok_or("expected an identifier")?;
    let (usage, is_lenient) = lenient(words.next().ok_or("expected a usage")?);
    let usage = (parse_usage(usage)?, is_lenient);
    let max = parse_max(words.next().ok_or("expected a number of repeats")?)?;
    Ok((id, usage, max, words.next().unwrap_or("").trim()))
}

fn parse_usage(word: &str) -> Result<Usage, String> {
    match word {
        "R" => Ok(Usage::Required),
        "S" => Ok(Usage::Situational),
        "N" => Ok(Usage::NotUsed),
        _ => Err(format!("{word} is not a usage")),
    }
}

fn parse_max(word: &str) -> Result<u32, String> {
    match word {
        "*" | ">1" => Ok(u32::MAX),
        number => number.parse().map_err(|_| format!("{number} is not a number of repeats")),
    }
}

/// `EE` or `EE-C`.
fn parse_place(place: &str) -> Result<(u8, u8), String> {
    let fail = || format!("{place} is not an element");
    let (element, component) = place.split_once('-').unwrap_or((place, "0"));
    let element: u8 = element.parse().map_err(|_| fail())?;
    if element == 0 {
        return Err(fail());
    }
    Ok((element, component.parse().map_err(|_| fail())?))
}

/// `02-12 = 01`: elements 2 to 12 as element 1, but situational and without discriminators.
fn copy_elements(segment: &mut SegmentRule, range: &str, source: &str) -> Result<(), String> {
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| text.parse::<u8>().map_err(|_| format!("{text} is not an element"));
    let (from, to, source) = (number(from)?, number(to)?, number(source)?);
    let index = usize::from(source).checked_sub(1).ok_or("elements count from 1")?;
    let original = segment.elements.get(index).ok_or("that element is not described")?.clone();
    let mut copy = PartRule { usage: Usage::Situational, is_discriminator: false, ..original };
    for component in &mut copy.components {
        component.is_discriminator = false;
    }
    for element in from..=to {
        *grow(&mut segment.elements, element) = copy.clone();
    }
    Ok(())
}

fn grow(parts: &mut Vec<PartRule>, position: u8) -> &mut PartRule {
    let index = usize::from(position.max(1)) - 1;
    if parts.len() <= index {
        parts.resize_with(index + 1, || PartRule::new(Usage::NotUsed));
    }
    &mut parts[index]
}

/// What follows the place of an element: usage, codes, `len`, `repeat`, `as ... when ...`.
fn part_rule(rest: &'static str) -> Result<PartRule, String> {
    let mut words = rest.split_whitespace().peekable();
    let usage = words.next().ok_or("expected a usage")?;
    let (usage, is_lenient) = lenient(usage);
    let mut rule = PartRule { is_lenient, ..PartRule::new(parse_usage(usage)?) };
    while let Some(word) = words.next() {
        match word {
            "len" => {
                let span = words.next().ok_or("expected lengths")?;
                let (min, max) = span.split_once('-').unwrap_or((span, span));
                let number =
                    |text: &str| text.parse().map_err(|_| format!("{text} is not a length"));
                rule.length = Some((number(min)?, number(max)?));
            }
            "repeat" => {
                let count = words.next().and_then(|n| n.parse().ok());
                rule.repeat = Some(count.ok_or("expected a number of repeats")?);
            }
            "as" => {
                let word = words.next().ok_or("expected a type")?;
                let (word, is_lenient) = lenient(word);
                let form = Form::parse(word).ok_or_else(|| format!("{word} is not a type"))?;
                let when = match words.next_if_eq(&"when") {
                    Some(_) => Some(form_condition(words.next().ok_or("expected a condition")?)?),
                    None => None,
                };
                rule.forms.push(FormRule { form, is_lenient, when });
            }
            codes if rule.codes.is_none() => {
                rule.is_discriminator = codes.starts_with('!');
                rule.codes = Some(CodeList::parse(codes.trim_start_matches('!')));
            }
            other => return Err(format!("{other} is not understood")),
        }
    }
    Ok(rule)
}

/// A question mark at the end: what it follows binds senders alone.
fn lenient(word: &'static str) -> (&'static str, bool) {
    word.strip_suffix('?').map_or((word, false), |word| (word, true))
}

fn form_condition(text: &str) -> Result<Discriminator, String> {
    let (place, codes) = text.split_once('=').ok_or("expected EE=CODES")?;
    let (element, component) = parse_place(place)?;
    Ok(Discriminator { element, component, codes: CodeList::parse(codes) })
}

fn small(number: usize) -> Result<u16, String> {
    u16::try_from(number).map_err(|_| "the guide is too large".to_owned())
}
