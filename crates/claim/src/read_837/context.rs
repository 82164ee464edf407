//! Claims of one file, read one after the other: what stands above many of them is read once.

use super::{ClaimBuilder, Place, ReadClaim, empty_claim, set_source};
use crate::carried::LossReport;
use crate::model::{ClaimKind, SourcePosition};
use crate::read::Reading;
use counterfoil_x12::Located;

/// Reads claims like [`crate::read_claim`], and remembers the transaction header and the billing
/// provider of the last one, which hundreds of claims share.
///
/// What it returns for a claim does not depend on the claims read before.
#[derive(Default)]
pub struct ClaimReader {
    context: Option<Context>,
}

/// Header and billing provider as they were read.
struct Context {
    segments: Vec<Seen>,
    bytes: Vec<u8>,
    kind: ClaimKind,
    read: ReadClaim,
    place: Place,
    loss: LossReport,
}

/// What a segment must show, beside its bytes, to be the one that was read.
#[derive(PartialEq, Eq)]
struct Seen {
    file_index: u64,
    offset: u64,
    loop_instance: u32,
}

impl Seen {
    fn of(at: &Located<'_>) -> Seen {
        Seen { file_index: at.file_index, offset: at.offset, loop_instance: at.loop_instance }
    }
}

impl ClaimReader {
    /// A reader that remembers nothing yet.
    #[must_use]
    pub fn new() -> ClaimReader {
        ClaimReader::default()
    }

    /// Reads one claim; see [`crate::read_claim`].
    pub fn read<'a>(
        &mut self,
        kind: ClaimKind,
        source: SourcePosition,
        segments: impl Iterator<Item = Located<'a>> + Clone,
        loss: &mut LossReport,
    ) -> ReadClaim {
        if !self.context.as_ref().is_some_and(|known| known.holds(kind, segments.clone())) {
            self.context = Some(Context::read(kind, segments.clone()));
        }
        let Some(context) = &self.context else { return ReadClaim::default() };
        loss.merge(&context.loss);
        let mut read = context.read.clone();
        let mut reading = Reading { findings: &mut read.findings, loss };
        let mut builder = ClaimBuilder::new(&mut read.claim, context.place.clone());
        for at in segments.skip(context.segments.len()) {
            builder.segment(&mut reading, &at);
        }
        builder.finish();
        set_source(&mut read.claim, source);
        read
    }
}

impl Context {
    fn read<'a>(kind: ClaimKind, segments: impl Iterator<Item = Located<'a>>) -> Context {
        let mut read = ReadClaim { claim: empty_claim(kind), findings: Vec::new() };
        let (mut loss, mut seen, mut bytes) = (LossReport::default(), Vec::new(), Vec::new());
        let mut reading = Reading { findings: &mut read.findings, loss: &mut loss };
        let mut builder = ClaimBuilder::new(&mut read.claim, Place::default());
        for at in segments.take_while(is_shared) {
            seen.push(Seen::of(&at));
            bytes.extend_from_slice(at.segment.bytes());
            builder.segment(&mut reading, &at);
        }
        let place = builder.pause();
        Context { segments: seen, bytes, kind, read, place, loss }
    }

    /// True when the claim begins with the very segments that were read.
    fn holds<'a>(&self, kind: ClaimKind, segments: impl Iterator<Item = Located<'a>>) -> bool {
        let mut known = self.segments.iter();
        let mut bytes = self.bytes.as_slice();
        for at in segments.take_while(is_shared) {
            let same = known.next().is_some_and(|seen| *seen == Seen::of(&at));
            let Some(rest) = bytes.strip_prefix(at.segment.bytes()).filter(|_| same) else {
                return false;
            };
            bytes = rest;
        }
        known.next().is_none() && kind == self.kind
    }
}

/// True for the levels above the subscriber.
fn is_shared(at: &Located<'_>) -> bool {
    matches!(
        at.loop_id.as_bytes(),
        b"" | [b'1', ..] | b"2000A" | [b'2', b'0', b'1', b'0', b'A', ..]
    )
}
