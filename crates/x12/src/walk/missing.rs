//! What a loop lacks, and at which segment that is said.

use super::{SegmentTold, Walker};
use crate::check::Sink;
use crate::guide::ItemKind;
use crate::raw::Located;
use counterfoil_base::Position;

/// A required item that was passed over; it may still come out of order.
pub(super) struct Skipped {
    depth: usize,
    item: u16,
    /// The segment before which it should have stood.
    before: Position,
}

impl Walker {
    /// Moves the loop at `depth` on to the items of `order`.
    pub(super) fn advance(&mut self, depth: usize, order: u16, at: &Located<'_>) {
        if order <= self.frames[depth].order {
            return;
        }
        let rule = self.rule(&self.frames[depth]);
        while let Some(&item) = rule.required.get(self.frames[depth].required_at)
            && rule.items[usize::from(item)].order < order
        {
            let frame = &mut self.frames[depth];
            frame.required_at += 1;
            let is_absent = self.counts[frame.counts_at + usize::from(item)] == 0;
            let is_noted = |one: &Skipped| one.depth == depth && one.item == item;
            if is_absent && !self.skipped.iter().any(is_noted) {
                self.skipped.push(Skipped { depth, item, before: at.position(0, 0) });
            }
        }
        self.frames[depth].order = order;
    }

    /// Notes what the guide has before the item that was taken, among those that may come in any
    /// order: should it not come at all, this is where it should have stood.
    pub(super) fn pass_over(&mut self, depth: usize, taken: u16, at: &Located<'_>) {
        let frame = &self.frames[depth];
        let rule = self.rule(frame);
        let order = self.item(depth, taken).order;
        for &index in rule.required.iter().rev().skip_while(|index| **index >= taken) {
            if rule.items[usize::from(index)].order != order {
                break;
            }
            let is_awaited = self.counts[frame.counts_at + usize::from(index)] == 0;
            let is_noted = |one: &Skipped| one.depth == depth && one.item == index;
            if is_awaited && !self.skipped.iter().any(is_noted) {
                self.skipped.push(Skipped { depth, item: index, before: at.position(0, 0) });
            }
        }
    }

    /// Reports what was passed over in the loop at `depth` and has not come since.
    pub(super) fn report_skipped(&mut self, depth: usize, sink: &mut Sink) {
        if self.skipped.is_empty() {
            return;
        }
        let skipped = std::mem::take(&mut self.skipped);
        for one in skipped {
            if one.depth != depth {
                self.skipped.push(one);
                continue;
            }
            let slot = self.frames[depth].counts_at + usize::from(one.item);
            if self.counts[slot] == 0 {
                self.counts[slot] = 1;
                self.missing(depth, one.item, one.before, sink);
            }
        }
    }

    /// Closes the innermost loop.
    pub(super) fn close_frame(&mut self, at: &Located<'_>, sink: &mut Sink) {
        let Some(depth) = self.frames.len().checked_sub(1) else { return };
        self.report_skipped(depth, sink);
        let frame = &self.frames[depth];
        let (order, counts_at) = (frame.order, frame.counts_at);
        let rule = self.rule(frame);
        for &item in &rule.required {
            let is_awaited = rule.items[usize::from(item)].order >= order;
            if is_awaited && self.counts[counts_at + usize::from(item)] == 0 {
                self.missing(depth, item, at.position(0, 0), sink);
            }
        }
        self.close_level(depth, sink);
        self.counts.truncate(counts_at);
        if let Some(closed) = self.frames.pop()
            && closed.has_error
            && let Some(outer) = self.frames.last_mut()
            && outer.children_begin.is_none()
        {
            // The header's loops stand beside the units, and their errors concern all of them.
            outer.has_error = true;
        }
    }

    /// The position of a missing segment is that of the segment before which it should have
    /// stood, with the identifier and loop of the missing one.
    fn missing(&self, depth: usize, item: u16, before: Position, sink: &mut Sink) {
        let frame = &self.frames[depth];
        let rule = self.rule(frame);
        let item = &rule.items[usize::from(item)];
        let id = self.guide.segments[usize::from(item.segment)].id;
        let (path, code, message) = match item.kind {
            ItemKind::Segment => (
                rule.path,
                "X12-2-required-segment-missing",
                format!(
                    "{id} ({}) is missing",
                    self.guide.segments[usize::from(item.segment)].name
                ),
            ),
            ItemKind::Loop(inner) => {
                let inner = &self.guide.loops[usize::from(inner)];
                let message = format!("loop {} ({}) is missing", inner.id, inner.name);
                (inner.path, "X12-2-required-loop-missing", message)
            }
        };
        self.tell_missing((id, path), (code, message), before, sink);
        if let (true, Some(noted)) = (item.is_lenient, sink.last_mut()) {
            noted.finding.severity = self.profile.harmless();
        }
    }

    /// The first segment of a loop is missing that other segments of the loop show to be there.
    pub(super) fn missing_opener(&self, loop_index: u16, at: &Located<'_>, sink: &mut Sink) {
        let rule = &self.guide.loops[usize::from(loop_index)];
        let Some(opener) = rule.items.first() else { return };
        let id = self.guide.segments[usize::from(opener.segment)].id;
        let message = format!("{id}, which opens loop {} ({}), is missing", rule.id, rule.name);
        let before = at.position(0, 0);
        let told = ("X12-2-required-segment-missing", message);
        self.tell_missing((id, rule.path), told, before, sink);
    }

    fn tell_missing(
        &self,
        (id, path): (&str, &str),
        (code, message): (&'static str, String),
        before: Position,
        sink: &mut Sink,
    ) {
        let fix = format!("Send {id} before this segment");
        let told = SegmentTold {
            code,
            snip: 2,
            message,
            cause: "The guide requires it in this place",
            fix: &fix,
            answer: "3",
        };
        let position = Position { segment_id: id.to_owned(), loop_path: path.to_owned(), ..before };
        sink.push(told.at(position));
    }
}
