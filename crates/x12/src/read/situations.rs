//! Tries the guide's situational rules on the segments of a unit.

use crate::guide::{CodeList, Comparison, Condition, Guide, Plan, Rule, RuleScope, Test};
use crate::raw::{Located, SegmentBuffer};
use counterfoil_base::{Acknowledgement, Decimal, Finding};
use std::collections::BTreeSet;

/// Rules that spoke about the context of units are remembered up to this number, so that they
/// speak once and not with each unit.
const REMEMBERED_MAX: usize = 10_000;

/// An occurrence of a loop: a range of segments.
struct Occurrence {
    loop_index: u16,
    instance: u32,
    parent: usize,
    start: usize,
    end: usize,
}

/// Tries rules; its tables are reused from unit to unit.
#[derive(Default)]
pub(super) struct Situations {
    occurrences: Vec<Occurrence>,
    /// First segment of each segment rule, plus one; 0 for none.
    heads: Vec<u32>,
    /// Next segment with the same rule, plus one.
    nexts: Vec<u32>,
    told: BTreeSet<(usize, u64)>,
}

impl Situations {
    /// Forgets the last transaction set.
    pub(super) fn clear(&mut self) {
        self.told.clear();
    }

    /// Tries the rules over the segments: those of the loops in units when `at_end` is false,
    /// those of the transaction set itself when it is true. Occurrences that begin before
    /// `fresh_from` (a file position) were tried with an earlier unit.
    pub(super) fn check(
        &mut self,
        guide: &Guide,
        segments: &SegmentBuffer,
        (fresh_from, at_end): (u64, bool),
        findings: &mut Vec<Finding>,
    ) {
        if guide.rules.is_empty() || segments.is_empty() {
            return;
        }
        self.index(guide, segments);
        for (number, rule) in guide.rules.iter().enumerate() {
            for scope in &rule.scopes {
                if (scope.loop_index == 0) != at_end {
                    continue;
                }
                for index in 0..self.occurrences.len() {
                    let occurrence = &self.occurrences[index];
                    let first = segments.get(occurrence.start).map_or(0, |s| s.file_index);
                    let is_fresh = at_end || first >= fresh_from;
                    if occurrence.loop_index != scope.loop_index || !is_fresh {
                        continue;
                    }
                    let view = View { tables: self, segments, guide, at: index };
                    if view.holds(&scope.when) && !view.holds(&scope.then) {
                        let finding = view.finding(rule, scope);
                        let key = (number, finding.position.segment.unwrap_or(0));
                        let is_remembered = key.1 < fresh_from && self.told.len() < REMEMBERED_MAX;
                        if !is_remembered || self.told.insert(key) {
                            findings.push(finding);
                        }
                    }
                }
            }
        }
    }

    fn index(&mut self, guide: &Guide, segments: &SegmentBuffer) {
        self.heads.clear();
        self.heads.resize(guide.segments.len(), 0);
        self.nexts.clear();
        self.nexts.resize(segments.len(), 0);
        for (index, located) in segments.iter().enumerate().rev() {
            if let Some(head) = self.heads.get_mut(usize::from(located.definition)) {
                self.nexts[index] = *head;
                *head = u32::try_from(index + 1).unwrap_or(0);
            }
        }
        self.occurrences.clear();
        self.occurrences.push(Occurrence {
            loop_index: 0,
            instance: 0,
            parent: 0,
            start: 0,
            end: segments.len(),
        });
        let mut open = vec![0usize];
        for (index, located) in segments.iter().enumerate() {
            self.follow(&mut open, index, &located);
        }
        for index in open.into_iter().skip(1) {
            self.occurrences[index].end = segments.len();
        }
    }

    /// Closes the occurrences that the segment does not stand in and opens its own.
    fn follow(&mut self, open: &mut Vec<usize>, index: usize, located: &Located<'_>) {
        while open.len() > 1 {
            let top = &self.occurrences[open[open.len() - 1]];
            let stays =
                top.instance == located.loop_instance || top.instance == located.parent_instance;
            if stays {
                break;
            }
            self.occurrences[open[open.len() - 1]].end = index;
            open.pop();
        }
        let top = open[open.len() - 1];
        if self.occurrences[top].instance != located.loop_instance {
            open.push(self.occurrences.len());
            self.occurrences.push(Occurrence {
                loop_index: located.loop_index,
                instance: located.loop_instance,
                parent: top,
                start: index,
                end: index + 1,
            });
        }
    }
}

/// The segments as seen from one occurrence.
struct View<'v> {
    tables: &'v Situations,
    segments: &'v SegmentBuffer,
    guide: &'v Guide,
    at: usize,
}

impl<'v> View<'v> {
    fn holds(&self, condition: &Condition<Plan>) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(inner) => !self.holds(inner),
            Condition::Test { reference, counted: true, test } => {
                let count = self.values(reference).count();
                let count = Decimal::whole(i64::try_from(count).unwrap_or(i64::MAX));
                matches!(test, Test::Compare(how, bound) if compare(*how, count, *bound))
            }
            Condition::Test { reference, counted: false, test } => {
                let mut values = self.values(reference);
                match test {
                    Test::Present => values.next().is_some(),
                    Test::OneOf(codes) => values.any(|value| codes.contains(value)),
                    Test::NoneOf(codes) => none_of(values, codes),
                    Test::BeginsWith(starts) => {
                        values.any(|v| starts.iter().any(|start| v.starts_with(start.as_bytes())))
                    }
                    Test::Compare(how, bound) => values.any(|value| {
                        Decimal::parse_bytes(value).is_ok_and(|v| compare(*how, v, *bound))
                    }),
                }
            }
        }
    }

    /// The values (or, for a segment, its identifier) that a reference finds.
    fn values<'r>(&'r self, plan: &'r Plan) -> impl Iterator<Item = &'v [u8]> + 'r {
        self.matches(plan).map(|located| part(&located, plan)).filter(|value| !value.is_empty())
    }

    /// The segments that a reference finds.
    fn matches<'r>(&'r self, plan: &'r Plan) -> impl Iterator<Item = Located<'v>> + 'r {
        let mut anchor = self.at;
        while self.tables.occurrences[anchor].loop_index != plan.anchor && anchor != 0 {
            anchor = self.tables.occurrences[anchor].parent;
        }
        let (start, end) =
            (self.tables.occurrences[anchor].start, self.tables.occurrences[anchor].end);
        plan.definitions
            .iter()
            .flat_map(|definition| {
                let head = self.tables.heads.get(usize::from(*definition)).copied().unwrap_or(0);
                std::iter::successors(Some(head), |at| {
                    self.tables.nexts.get((*at as usize).checked_sub(1)?).copied()
                })
                .take_while(|at| *at != 0)
                .map(|at| at as usize - 1)
            })
            .filter(move |index| (start..end).contains(index))
            .filter_map(|index| self.segments.get(index))
            .filter(|located| self.qualifies(located, plan))
    }

    fn qualifies(&self, located: &Located<'_>, plan: &Plan) -> bool {
        let Some(wanted) = plan.qualifier else { return true };
        let rule = self.guide.segments.get(usize::from(located.definition));
        let value = match rule.and_then(|rule| rule.discriminators.first()) {
            Some(discriminator) => discriminator.value(&located.segment),
            None => located.segment.component(1, 1),
        };
        value == wanted.as_bytes()
    }

    fn finding(&self, rule: &Rule, scope: &RuleScope) -> Finding {
        let found = scope
            .at
            .as_ref()
            .and_then(|plan| self.place(plan))
            .or_else(|| self.failing(&scope.then).and_then(|plan| self.place(plan)))
            .or_else(|| first_plan(&scope.when).and_then(|plan| self.place(plan)));
        let position = found.unwrap_or_else(|| {
            let start = self.tables.occurrences[self.at].start;
            self.segments.get(start).map(|located| located.position(0, 0)).unwrap_or_default()
        });
        Finding {
            code: rule.code.into(),
            snip: rule.snip,
            severity: rule.severity,
            position,
            message: rule.message.to_owned(),
            cause: "The guide asks for it in this situation".to_owned(),
            fix: rule.fix.to_owned(),
            acknowledgement: Acknowledgement {
                status_category: Some("A7"),
                status_code: Some("21"),
                ..Acknowledgement::default()
            },
        }
    }

    fn place(&self, plan: &Plan) -> Option<counterfoil_base::Position> {
        let located = self.matches(plan).next()?;
        Some(located.position(usize::from(plan.element), usize::from(plan.component)))
    }

    /// The first test of a condition that does not hold.
    fn failing<'c>(&self, condition: &'c Condition<Plan>) -> Option<&'c Plan> {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().filter(|part| !self.holds(part)).find_map(|part| self.failing(part))
            }
            Condition::Not(inner) => first_plan(inner),
            Condition::Test { reference, .. } => Some(reference),
        }
    }
}

fn part<'a>(located: &Located<'a>, plan: &Plan) -> &'a [u8] {
    match (plan.element, plan.component) {
        (0, _) => located.segment.element(0),
        (element, 0) => located.segment.element(usize::from(element)),
        (element, component) => {
            located.segment.component(usize::from(element), usize::from(component))
        }
    }
}

fn none_of<'a>(mut values: impl Iterator<Item = &'a [u8]>, codes: &CodeList) -> bool {
    let Some(first) = values.next() else { return false };
    !codes.contains(first) && !values.any(|value| codes.contains(value))
}

fn first_plan(condition: &Condition<Plan>) -> Option<&Plan> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().find_map(first_plan),
        Condition::Not(inner) => first_plan(inner),
        Condition::Test { reference, .. } => Some(reference),
    }
}

fn compare(how: Comparison, value: Decimal, bound: Decimal) -> bool {
    match how {
        Comparison::Less => value < bound,
        Comparison::LessOrEqual => value <= bound,
        Comparison::Greater => value > bound,
        Comparison::GreaterOrEqual => value >= bound,
        Comparison::Equal => value == bound,
        Comparison::NotEqual => value != bound,
    }
}
