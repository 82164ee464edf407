//! Tries the guide's situational rules on the segments of a unit.

use crate::guide::{Comparison, Condition, Guide, Plan, Rule, RuleIn, RuleScope, Test};
use crate::raw::{Located, SegmentBuffer, SegmentMeta};
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

/// A range of so many segments is looked through; in a longer one the segments of a rule are
/// followed.
const RANGE_LOOKED_THROUGH_MAX: usize = 16;

/// Tries rules; its tables are reused from unit to unit.
#[derive(Default)]
pub(super) struct Situations {
    occurrences: Vec<Occurrence>,
    /// Occurrences that are open while the tables are built.
    open: Vec<usize>,
    /// The segment rule of each segment.
    definitions: Vec<u16>,
    /// First segment of each segment rule, plus one; 0 for none.
    heads: Vec<u32>,
    /// Next segment with the same rule, plus one.
    nexts: Vec<u32>,
    /// What does not hold: rule, scope and occurrence.
    broken: Vec<(usize, usize, usize)>,
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
        self.broken.clear();
        for index in 0..self.occurrences.len() {
            let occurrence = &self.occurrences[index];
            if (occurrence.loop_index == 0) != at_end {
                continue;
            }
            let rules = &guide.rules_in[usize::from(occurrence.loop_index)];
            let first = segments.meta(occurrence.start).map_or(0, |meta| meta.file_index);
            if rules.is_empty() || !(at_end || first >= fresh_from) {
                continue;
            }
            let mut applies = false;
            for tried in rules {
                let RuleIn { rule, scope, needs, repeats_condition } = tried;
                let conditions = &guide.rules[*rule].scopes[*scope];
                let view = View { tables: self, segments, guide, at: index };
                if !repeats_condition {
                    let lacks = |needs: &Vec<u16>| !needs.iter().any(|d| self.has(*d));
                    applies = !needs.as_ref().is_some_and(lacks) && view.holds(&conditions.when);
                }
                if applies && !view.holds(&conditions.then) {
                    self.broken.push((*rule, *scope, index));
                }
            }
        }
        if !self.broken.is_empty() {
            self.tell(guide, segments, fresh_from, findings);
        }
    }

    /// Says what does not hold in the order of the rules, and once of each place.
    fn tell(
        &mut self,
        guide: &Guide,
        segments: &SegmentBuffer,
        fresh_from: u64,
        findings: &mut Vec<Finding>,
    ) {
        let mut broken = std::mem::take(&mut self.broken);
        broken.sort_unstable();
        for (number, scope, at) in broken.drain(..) {
            let rule = &guide.rules[number];
            let finding =
                View { tables: self, segments, guide, at }.finding(rule, &rule.scopes[scope]);
            let key = (number, finding.position.segment.unwrap_or(0));
            let is_remembered = key.1 < fresh_from && self.told.len() < REMEMBERED_MAX;
            if !is_remembered || self.told.insert(key) {
                findings.push(finding);
            }
        }
        self.broken = broken;
    }

    /// Whether a segment of this definition is there.
    fn has(&self, definition: u16) -> bool {
        self.heads.get(usize::from(definition)).is_some_and(|head| *head != 0)
    }

    fn index(&mut self, guide: &Guide, segments: &SegmentBuffer) {
        self.definitions.clear();
        self.definitions.extend(segments.metas().map(|meta| meta.definition));
        self.heads.clear();
        self.heads.resize(guide.segments.len(), 0);
        self.nexts.clear();
        self.nexts.resize(segments.len(), 0);
        for (index, definition) in self.definitions.iter().enumerate().rev() {
            if let Some(head) = self.heads.get_mut(usize::from(*definition)) {
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
        self.open.clear();
        self.open.push(0);
        for (index, meta) in segments.metas().enumerate() {
            self.follow(index, meta);
        }
        for index in self.open.drain(..).skip(1) {
            self.occurrences[index].end = segments.len();
        }
    }

    /// Closes the occurrences that the segment does not stand in and opens its own.
    fn follow(&mut self, index: usize, meta: &SegmentMeta) {
        let mut top = self.open[self.open.len() - 1];
        while self.open.len() > 1 {
            let instance = self.occurrences[top].instance;
            if instance == meta.loop_instance || instance == meta.parent_instance {
                break;
            }
            self.occurrences[top].end = index;
            self.open.pop();
            top = self.open[self.open.len() - 1];
        }
        if self.occurrences[top].instance != meta.loop_instance {
            self.open.push(self.occurrences.len());
            self.occurrences.push(Occurrence {
                loop_index: meta.loop_index,
                instance: meta.loop_instance,
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
                let mut count = 0i64;
                self.any(reference, |_| {
                    count = count.saturating_add(1);
                    false
                });
                let count = Decimal::whole(count);
                matches!(test, Test::Compare(how, bound) if compare(*how, count, *bound))
            }
            Condition::Test { reference, counted: false, test } => match test {
                Test::Present => self.any(reference, |_| true),
                Test::OneOf(codes) => self.any(reference, |value| codes.contains(value)),
                Test::NoneOf(codes) => {
                    let is_there = self.any(reference, |_| true);
                    is_there && !self.any(reference, |value| codes.contains(value))
                }
                Test::BeginsWith(starts) => self.any(reference, |value| {
                    starts.iter().any(|start| value.starts_with(start.as_bytes()))
                }),
                Test::Compare(how, bound) => self.any(reference, |value| {
                    Decimal::parse_bytes(value).is_ok_and(|v| compare(*how, v, *bound))
                }),
            },
        }
    }

    /// Whether one of the values (or, for a segment, its identifier) that a reference finds and
    /// that are not empty passes a test; they are tried in order up to the first that does.
    #[inline]
    fn any(&self, plan: &Plan, mut passes: impl FnMut(&[u8]) -> bool) -> bool {
        let is_hit = |located: &Located<'_>| {
            let value = part(located, plan);
            !value.is_empty() && passes(value)
        };
        self.find(plan, is_hit).is_some()
    }

    /// The first segment that a reference finds and that a test accepts.
    fn find(
        &self,
        plan: &Plan,
        mut accepts: impl FnMut(&Located<'v>) -> bool,
    ) -> Option<Located<'v>> {
        let occurrences = &self.tables.occurrences;
        let mut anchor = self.at;
        while occurrences[anchor].loop_index != plan.anchor && anchor != 0 {
            anchor = occurrences[anchor].parent;
        }
        let (start, end) = (occurrences[anchor].start, occurrences[anchor].end);
        let mut is_meant = |index: usize| {
            let located = self.segments.get(index)?;
            (self.qualifies(&located, plan) && accepts(&located)).then_some(located)
        };
        let is_short = end - start <= RANGE_LOOKED_THROUGH_MAX;
        for definition in &plan.definitions {
            let head = self.tables.heads.get(usize::from(*definition)).copied().unwrap_or(0);
            if head == 0 {
                continue;
            }
            let is_only = self.tables.nexts.get(head as usize - 1) == Some(&0);
            let found = if is_only {
                let index = head as usize - 1;
                Some(index).filter(|index| (start..end).contains(index)).and_then(&mut is_meant)
            } else if is_short {
                let range = self.tables.definitions.get(start..end).unwrap_or(&[]);
                let held = (start..end).zip(range).filter(|(_, held)| *held == definition);
                held.map(|(index, _)| index).find_map(&mut is_meant)
            } else {
                self.followed(head)
                    .skip_while(|index| *index < start)
                    .take_while(|index| *index < end)
                    .find_map(&mut is_meant)
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The segments of one definition from `head` (plus one) on.
    fn followed(&self, head: u32) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(head), |at| {
            self.tables.nexts.get((*at as usize).checked_sub(1)?).copied()
        })
        .take_while(|at| *at != 0)
        .map(|at| at as usize - 1)
    }

    #[inline]
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
        let located = self.find(plan, |_| true)?;
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

#[inline]
fn part<'a>(located: &Located<'a>, plan: &Plan) -> &'a [u8] {
    match (plan.element, plan.component) {
        (0, _) => located.segment.element(0),
        (element, 0) => located.segment.element(usize::from(element)),
        (element, component) => {
            located.segment.component(usize::from(element), usize::from(component))
        }
    }
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
