//! Decides where a segment belongs, without changing anything.

use super::Walker;
use crate::guide::{Item, ItemKind, Usage};
use crate::raw::Segment;

/// Where a segment belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decision {
    /// The item of the open loop at `depth`.
    Accept { depth: usize, item: u16, is_late: bool, is_full: bool },
    /// Item `inner` of the loop that `item` of the open loop at `depth` is; its first segment
    /// is missing.
    Descend { depth: usize, item: u16, inner: u16 },
    /// The segment is known there but its qualifier is not. `is_taken`: it stands for the item.
    Qualifier { depth: usize, item: u16, is_taken: bool, element: u8, component: u8 },
    /// Nowhere.
    Unexpected,
}

impl Walker {
    /// Looks from the innermost open loop outwards for the item that the segment is: first in
    /// order, then as one too many, then out of order, then in a loop whose first segment is
    /// missing, then with a wrong qualifier.
    pub(crate) fn decide(&self, segment: &Segment<'_>) -> Decision {
        let tag = segment.tag();
        let mut full = None;
        let mut late: Option<Decision> = None;
        for depth in (0..self.frames.len()).rev() {
            let frame = &self.frames[depth];
            let rule = self.rule(frame);
            for &index in rule.items_with(tag) {
                if index == 0 && depth > 0 {
                    continue;
                }
                let item = &rule.items[usize::from(index)];
                if !self.guide.segments[usize::from(item.segment)].matches(segment) {
                    continue;
                }
                let is_full = self.counts[frame.counts_at + usize::from(index)] >= item.max;
                let is_late = item.order < frame.order;
                let accept = Decision::Accept { depth, item: index, is_late, is_full };
                if !is_late && !is_full {
                    return accept;
                }
                let slot = if is_late { &mut late } else { &mut full };
                let is_better = match slot {
                    None => true,
                    Some(Decision::Accept { is_full: true, depth: held, .. }) => {
                        !is_full && *held == depth
                    }
                    Some(_) => false,
                };
                if is_better {
                    *slot = Some(accept);
                }
            }
        }
        if let Some(found) = full {
            return self.as_new_occurrence(found).unwrap_or(found);
        }
        late.or_else(|| self.descend(segment))
            .or_else(|| self.by_tag_alone(segment))
            .unwrap_or(Decision::Unexpected)
    }

    /// A second SV1 without LX before it begins a new line rather than repeats in the old one.
    fn as_new_occurrence(&self, found: Decision) -> Option<Decision> {
        let Decision::Accept { depth, item: inner, .. } = found else { return None };
        let frame = &self.frames[depth];
        let rule = self.rule(frame);
        let is_opening = inner == 1 && rule.items[1].usage == Usage::Required;
        if depth == 0 || !is_opening || !(rule.is_context || rule.is_line) {
            return None;
        }
        let outer = &self.frames[depth - 1];
        let kind = ItemKind::Loop(frame.loop_index);
        let item = self.rule(outer).items.iter().position(|item| item.kind == kind)?;
        let is_full = self.counts[outer.counts_at + item] >= self.rule(outer).items[item].max;
        let item = u16::try_from(item).ok().filter(|_| !is_full)?;
        Some(Decision::Descend { depth: depth - 1, item, inner })
    }

    /// A loop one step down that holds the segment and that must or may well come here.
    fn descend(&self, segment: &Segment<'_>) -> Option<Decision> {
        let tag = segment.tag();
        for depth in (0..self.frames.len()).rev() {
            let frame = &self.frames[depth];
            for (index, item) in self.rule(frame).items.iter().enumerate() {
                let ItemKind::Loop(loop_index) = item.kind else { continue };
                let inside = &self.guide.loops[usize::from(loop_index)];
                let is_full = self.counts[frame.counts_at + index] >= item.max;
                let is_likely =
                    item.usage == Usage::Required || inside.is_context || inside.is_line;
                if is_full || !is_likely || item.order < frame.order {
                    continue;
                }
                let fits = |inner: &&u16| {
                    let inner = &inside.items[usize::from(**inner)];
                    self.guide.segments[usize::from(inner.segment)].matches(segment)
                };
                let found = inside.items_with(tag).iter().find(|i| **i > 0 && fits(i));
                if let Some(&inner) = found {
                    let item = u16::try_from(index).ok()?;
                    return Some(Decision::Descend { depth, item, inner });
                }
            }
        }
        None
    }

    /// The segment that the guide has here with other qualifiers: a required one that has not
    /// come yet is taken for it, or the only one that it can be.
    fn by_tag_alone(&self, segment: &Segment<'_>) -> Option<Decision> {
        let tag = segment.tag();
        let mut nearest: Option<Decision> = None;
        for depth in (0..self.frames.len()).rev() {
            let frame = &self.frames[depth];
            let rule = self.rule(frame);
            let candidates: Vec<(u16, &Item)> = rule
                .items_with(tag)
                .iter()
                .map(|index| (*index, &rule.items[usize::from(*index)]))
                .filter(|(index, item)| {
                    let count = self.counts[frame.counts_at + usize::from(*index)];
                    !(*index == 0 && depth > 0) && count < item.max
                })
                .collect();
            let is_awaited = |(index, item): &&(u16, &Item)| {
                let count = self.counts[frame.counts_at + usize::from(*index)];
                count == 0 && item.usage == Usage::Required && item.order >= frame.order
            };
            if let Some((index, item)) = candidates.iter().find(is_awaited) {
                return Some(self.qualifier_decision(segment, (depth, *index), item, true));
            }
            let in_order = candidates.iter().find(|(_, item)| item.order >= frame.order);
            if let (None, Some((index, item))) = (nearest, in_order.or_else(|| candidates.first()))
            {
                let is_taken = candidates.len() == 1 || item.kind != ItemKind::Segment;
                nearest = Some(self.qualifier_decision(segment, (depth, *index), item, is_taken));
            }
        }
        nearest
    }

    fn qualifier_decision(
        &self,
        segment: &Segment<'_>,
        (depth, index): (usize, u16),
        item: &Item,
        is_taken: bool,
    ) -> Decision {
        let rule = &self.guide.segments[usize::from(item.segment)];
        let wrong = rule.discriminators.iter().find(|d| !d.holds(segment));
        let (element, component) = wrong.map_or((1, 0), |d| (d.element, d.component));
        Decision::Qualifier { depth, item: index, is_taken, element, component }
    }
}
