//! Gives each segment of a transaction set its loop: the order, qualifiers and repeats of the
//! guide decide, and what does not fit is placed where it does least harm and reported.

mod decide;
mod hierarchy;
mod missing;

use crate::check::{Noted, Profile, Sink};
use crate::guide::{Guide, ItemKind, LoopRule, Usage};
use crate::raw::{Located, Segment, SegmentMark, SegmentMeta};
use counterfoil_base::{Acknowledgement, Finding, Severity, Text};
pub(crate) use decide::Decision;
use hierarchy::Level;
use missing::Skipped;

/// Walks one transaction set along a guide.
pub(crate) struct Walker {
    guide: &'static Guide,
    profile: Profile,
    /// Open loops, the transaction set itself first.
    frames: Vec<Frame>,
    /// How often each item of each open loop has come.
    counts: Vec<u32>,
    skipped: Vec<Skipped>,
    instances: u32,
    service_line: u32,
    hierarchical_levels: u64,
    /// After an unexpected segment that might open a loop, what follows may belong to it.
    in_shadow: bool,
}

/// An open loop.
struct Frame {
    loop_index: u16,
    /// Order of the item reached.
    order: u16,
    /// Place among the loop's required items of the first that was not passed.
    required_at: usize,
    counts_at: usize,
    instance: u32,
    parent_instance: u32,
    level: Option<Box<Level>>,
    /// Where the unit's context ends that belongs to this loop itself.
    children_begin: Option<SegmentMark>,
    /// An error was found in this loop outside any unit.
    has_error: bool,
    /// Depth of the innermost unit loop, this one or around it.
    unit_depth: Option<usize>,
    /// Depth of the innermost loop that holds units or is one, this one or around it.
    context_depth: usize,
    /// This loop is a service line or stands in one.
    in_line: bool,
}

/// Where a segment was placed.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub loop_index: u16,
    pub definition: Option<u16>,
    pub instance: u32,
    pub parent_instance: u32,
    pub service_line: u32,
    /// An element whose code has been reported already.
    pub skips_codes_at: Option<(u8, u8)>,
}

impl Walker {
    pub(crate) fn new(guide: &'static Guide, profile: Profile) -> Walker {
        let mut walker = Walker {
            guide,
            profile,
            frames: Vec::new(),
            counts: Vec::new(),
            skipped: Vec::new(),
            instances: 0,
            service_line: 0,
            hierarchical_levels: 0,
            in_shadow: false,
        };
        walker.push_frame(0, 0);
        walker
    }

    /// How many loops stay open when the segment is placed.
    pub(crate) fn keeps(&self, decision: &Decision) -> usize {
        let is_context = |depth: usize, item: u16| match self.item(depth, item).kind {
            ItemKind::Loop(inner) => self.guide.loops[usize::from(inner)].is_context,
            ItemKind::Segment => false,
        };
        match *decision {
            Decision::Accept { depth, item, is_late, .. } => {
                let stays = is_late && !is_context(depth, item);
                if stays { self.frames.len() } else { depth + 1 }
            }
            Decision::Descend { depth, .. } => depth + 1,
            Decision::Qualifier { depth, item, is_taken, .. } => {
                if is_taken && self.item(depth, item).order >= self.frames[depth].order {
                    depth + 1
                } else {
                    self.frames.len()
                }
            }
            Decision::Unexpected => self.frames.len(),
        }
    }

    /// The depth of the open unit loop.
    pub(crate) fn unit_depth(&self) -> Option<usize> {
        self.frames.last().and_then(|frame| frame.unit_depth)
    }

    /// True when a loop around the present place has an error of its own.
    pub(crate) fn has_error_around(&self) -> bool {
        self.frames.iter().any(|frame| frame.has_error)
    }

    /// Remembers an error outside any unit.
    pub(crate) fn note_error(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.has_error = true;
        }
    }

    /// How far the kept context must be cut back before a segment of the innermost open loop
    /// (or a loop in it that holds units) is added; remembers the present length if it is the
    /// first. `adds_child` is true for a segment that opens such a loop.
    pub(crate) fn context_cut(&mut self, depth: usize, now: SegmentMark) -> Option<SegmentMark> {
        let frame = self.frames.get_mut(depth)?;
        let cut = frame.children_begin;
        frame.children_begin = Some(cut.unwrap_or(now));
        cut
    }

    /// Where the context of the loop at `depth` itself ends, once a loop within it has come.
    pub(crate) fn children_begin(&self, depth: usize) -> Option<SegmentMark> {
        self.frames.get(depth)?.children_begin
    }

    /// After a segment of the loop at `depth` itself was added behind its children.
    pub(crate) fn context_grew(&mut self, depth: usize, now: SegmentMark) {
        if let Some(frame) = self.frames.get_mut(depth)
            && frame.children_begin.is_some()
        {
            frame.children_begin = Some(now);
        }
    }

    /// Depth of the innermost open loop that holds units or is one.
    pub(crate) fn context_depth(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.context_depth)
    }

    /// Closes all loops but the first `keep`, and says what they lack; `at` is the segment that
    /// closes them.
    pub(crate) fn pop_to(&mut self, keep: usize, at: &Located<'_>, sink: &mut Sink) {
        while self.frames.len() > keep.max(1) {
            self.close_frame(at, sink);
        }
    }

    /// Closes the transaction set.
    pub(crate) fn finish(&mut self, at: &Located<'_>, sink: &mut Sink) {
        self.pop_to(1, at, sink);
        self.close_frame(at, sink);
    }

    /// Places the segment as decided. Loops that it closes must be closed already.
    pub(crate) fn place(
        &mut self,
        decision: &Decision,
        at: &Located<'_>,
        sink: &mut Sink,
    ) -> Placed {
        let shadow = std::mem::take(&mut self.in_shadow);
        match *decision {
            Decision::Accept { depth, item, is_late, is_full } => {
                let is_silent = shadow && (is_late || is_full);
                self.in_shadow = is_silent;
                // One too many is also late; that it is one too many says more.
                if is_full && !is_silent {
                    self.too_often(depth, item, at, sink);
                } else if is_late && !is_silent {
                    self.out_of_order(at, sink);
                }
                self.take((depth, item), is_late, at, sink)
            }
            Decision::Descend { depth, item, inner } => {
                self.take_without_opener((depth, item), inner, at, sink)
            }
            Decision::Qualifier { depth, item, is_taken, element, component } => {
                self.in_shadow = shadow;
                if !shadow {
                    self.qualifier(at, element, component, sink);
                }
                if !is_taken {
                    return self.placed_in(depth, None);
                }
                let is_late = self.item(depth, item).order < self.frames[depth].order;
                let placed = self.take((depth, item), is_late, at, sink);
                Placed { skips_codes_at: Some((element, component)), ..placed }
            }
            Decision::Unexpected => {
                self.in_shadow = shadow || self.opens_loops(&at.segment);
                if !shadow {
                    self.unexpected(at, sink);
                }
                self.placed_in(self.frames.len() - 1, None)
            }
        }
    }

    /// Takes the item at `depth` for the segment.
    fn take(
        &mut self,
        (depth, index): (usize, u16),
        is_late: bool,
        at: &Located<'_>,
        sink: &mut Sink,
    ) -> Placed {
        let item = *self.item(depth, index);
        if item.usage == Usage::NotUsed {
            self.not_used(at, sink);
        }
        if !is_late {
            self.advance(depth, item.order, at);
            self.pass_over(depth, index, at);
        }
        let slot = self.frames[depth].counts_at + usize::from(index);
        self.counts[slot] = self.counts[slot].saturating_add(1);
        match item.kind {
            ItemKind::Segment => {
                if at.segment.tag() == hierarchy::HL {
                    self.level(depth, at, sink);
                }
                self.placed_in(depth, Some(item.segment))
            }
            ItemKind::Loop(inner) => {
                self.open(depth, inner, sink);
                let top = self.frames.len() - 1;
                let opener = self.frames[top].counts_at;
                self.counts[opener] = 1;
                if at.segment.tag() == hierarchy::HL {
                    self.level(top, at, sink);
                }
                self.placed_in(top, Some(item.segment))
            }
        }
    }

    /// Opens a loop whose first segment is missing, for a segment that belongs into it.
    fn take_without_opener(
        &mut self,
        (depth, index): (usize, u16),
        inner: u16,
        at: &Located<'_>,
        sink: &mut Sink,
    ) -> Placed {
        let item = *self.item(depth, index);
        let ItemKind::Loop(loop_index) = item.kind else { return self.placed_in(depth, None) };
        self.advance(depth, item.order, at);
        let slot = self.frames[depth].counts_at + usize::from(index);
        self.counts[slot] = self.counts[slot].saturating_add(1);
        self.open(depth, loop_index, sink);
        let top = self.frames.len() - 1;
        // The missing first segment is reported here and not once more at the end of the loop.
        let opener = self.frames[top].counts_at;
        self.counts[opener] = 1;
        self.missing_opener(loop_index, at, sink);
        self.take((top, inner), false, at, sink)
    }

    fn open(&mut self, depth: usize, loop_index: u16, sink: &mut Sink) {
        let rule = &self.guide.loops[usize::from(loop_index)];
        if rule.is_context {
            self.report_skipped(depth, sink);
        }
        if rule.is_unit {
            self.service_line = 0;
        }
        if rule.is_line {
            self.service_line += 1;
        }
        let parent = self.frames[depth].instance;
        self.push_frame(loop_index, parent);
    }

    fn push_frame(&mut self, loop_index: u16, parent_instance: u32) {
        let counts_at = self.counts.len();
        let rule = &self.guide.loops[usize::from(loop_index)];
        self.counts.resize(counts_at + rule.items.len(), 0);
        let (depth, around) = (self.frames.len(), self.frames.last());
        let unit_depth =
            if rule.is_unit { Some(depth) } else { around.and_then(|frame| frame.unit_depth) };
        let context_depth = match around {
            Some(frame) if !rule.is_context => frame.context_depth,
            _ => depth,
        };
        let in_line = rule.is_line || around.is_some_and(|frame| frame.in_line);
        let instance = self.instances;
        self.instances = self.instances.wrapping_add(1);
        self.frames.push(Frame {
            loop_index,
            order: 0,
            required_at: 0,
            counts_at,
            instance,
            parent_instance,
            level: None,
            children_begin: None,
            has_error: false,
            unit_depth,
            context_depth,
            in_line,
        });
    }

    fn placed_in(&self, depth: usize, definition: Option<u16>) -> Placed {
        let frame = &self.frames[depth];
        Placed {
            loop_index: frame.loop_index,
            definition,
            instance: frame.instance,
            parent_instance: frame.parent_instance,
            service_line: if frame.in_line { self.service_line } else { 0 },
            skips_codes_at: None,
        }
    }

    fn rule(&self, frame: &Frame) -> &'static LoopRule {
        &self.guide.loops[usize::from(frame.loop_index)]
    }

    fn item(&self, depth: usize, item: u16) -> &'static crate::guide::Item {
        let rule = self.rule(&self.frames[depth]);
        &rule.items[usize::from(item)]
    }

    fn opens_loops(&self, segment: &Segment<'_>) -> bool {
        let tag = segment.tag();
        let opens = |item: &crate::guide::Item| item.kind != ItemKind::Segment && item.tag == tag;
        self.guide.loops.iter().any(|rule| rule.items.iter().any(opens))
    }
}

impl Placed {
    /// Fills in where the segment stands in the guide.
    pub(crate) fn locate(&self, guide: &'static Guide, meta: SegmentMeta) -> SegmentMeta {
        let rule = &guide.loops[usize::from(self.loop_index)];
        SegmentMeta {
            loop_id: rule.id,
            loop_path: rule.path,
            loop_instance: self.instance,
            parent_instance: self.parent_instance,
            service_line: self.service_line,
            loop_index: self.loop_index,
            definition: self.definition.unwrap_or(u16::MAX),
            ..meta
        }
    }
}

/// A finding about a segment as a whole, answered in a 999 by an IK304 code.
pub(crate) struct SegmentTold<'t> {
    pub code: &'static str,
    pub snip: u8,
    pub message: String,
    pub cause: &'static str,
    pub fix: &'t str,
    /// 999 IK304.
    pub answer: &'static str,
}

impl SegmentTold<'_> {
    pub(crate) fn at(self, position: counterfoil_base::Position) -> Noted {
        let finding = Finding::error(self.code, self.snip, self.message)
            .at(position)
            .because(self.cause)
            .fix(self.fix)
            .answered_by(Acknowledgement {
                segment_error: Some(self.answer),
                transaction_error: Some("5"),
                ..Acknowledgement::default()
            });
        Noted { finding, value: Text::default() }
    }
}

impl Walker {
    fn out_of_order(&self, at: &Located<'_>, sink: &mut Sink) {
        let told = SegmentTold {
            code: "X12-2-segment-out-of-order",
            snip: 2,
            message: format!("{} comes after segments that it must precede", at.segment.id()),
            cause: "The guide fixes the order of segments within a loop",
            fix: "Send the segments in the order of the guide",
            answer: "7",
        };
        sink.push(told.at(at.position(0, 0)));
    }

    fn too_often(&self, depth: usize, item: u16, at: &Located<'_>, sink: &mut Sink) {
        let item = self.item(depth, item);
        let told = match item.kind {
            ItemKind::Segment => SegmentTold {
                code: "X12-2-segment-repeats-too-often",
                snip: 2,
                message: format!("{} comes more often than {} times", at.segment.id(), item.max),
                cause: "The guide bounds how often the segment may come in its loop",
                fix: "Remove the segments above the limit",
                answer: "5",
            },
            ItemKind::Loop(inner) => SegmentTold {
                code: "X12-2-loop-repeats-too-often",
                snip: 2,
                message: format!(
                    "loop {} comes more often than {} times",
                    self.guide.loops[usize::from(inner)].id,
                    item.max
                ),
                cause: "The guide bounds how often the loop may come",
                fix: "Remove the loops above the limit, or split them over several claims",
                answer: "4",
            },
        };
        sink.push(told.at(at.position(0, 0)));
    }

    fn not_used(&self, at: &Located<'_>, sink: &mut Sink) {
        let told = SegmentTold {
            code: "X12-2-segment-not-used",
            snip: 2,
            message: format!("{} is not used in this place", at.segment.id()),
            cause: "The guide marks the segment as not used",
            fix: "Remove the segment",
            answer: "I4",
        };
        sink.push(told.at(at.position(0, 0)));
    }

    fn qualifier(&self, at: &Located<'_>, element: u8, component: u8, sink: &mut Sink) {
        let spot = crate::check::Spot {
            at,
            element: usize::from(element),
            component: usize::from(component),
        };
        let value = match component {
            0 => at.segment.element(spot.element),
            _ => at.segment.component(spot.element, spot.component),
        };
        let told = crate::check::Told {
            code: "X12-2-qualifier-not-allowed",
            snip: 2,
            severity: Severity::Error,
            message: format!("{} has a qualifier that the guide does not have here", spot.name()),
            cause: "The qualifier decides what the segment is about and in which loop it stands",
            fix: "Send a qualifier that the guide lists for this loop".to_owned(),
            answer: if value.is_empty() { "1" } else { "7" },
        };
        spot.error(sink, value, told);
    }

    fn unexpected(&self, at: &Located<'_>, sink: &mut Sink) {
        let id = at.segment.id();
        let is_in_guide = self.guide.segments.iter().any(|segment| segment.id == id);
        let is_known = crate::guide::GuideSet::builtin().dictionary().knows(id);
        let told = if is_in_guide {
            SegmentTold {
                code: "X12-2-unexpected-segment",
                snip: 2,
                message: format!("{id} has no place here"),
                cause: "No loop that is open or could open here holds such a segment",
                fix: "Remove the segment or move it where the guide has it",
                answer: "2",
            }
        } else if is_known {
            SegmentTold {
                code: "X12-2-segment-not-in-guide",
                snip: 2,
                message: format!("{id} does not belong to this transaction set"),
                cause: "The guide has no such segment",
                fix: "Remove the segment",
                answer: "6",
            }
        } else {
            SegmentTold {
                code: "X12-1-unknown-segment",
                snip: 1,
                message: "the segment identifier is not known".to_owned(),
                cause: "The base standard has no such segment",
                fix: "Correct the segment identifier",
                answer: "1",
            }
        };
        sink.push(told.at(at.position(0, 0)));
    }
}
