//! For tests: segments whose loop is written before them, and segments back as text.

use crate::carried::{CARRIED_COMPONENT, CARRIED_ELEMENT, CARRIED_REPETITION};
use crate::write::WriteError;
use counterfoil_x12::{Segment, SegmentBuffer, SegmentMeta, Separators};

/// Lines `LOOP SEGMENT`; `-` stands for no loop, `+` after the loop begins a new occurrence of
/// the same loop.
pub(crate) fn place(lines: &'static str) -> SegmentBuffer {
    let mut buffer = SegmentBuffer::new();
    let mut ends = Vec::new();
    let (mut loop_id, mut instance, mut parent) = ("", 0, 0);
    for (index, line) in lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (place, text) = line.split_once(' ').unwrap();
        let (id, starts) = match place.strip_suffix('+') {
            Some(id) => (id, true),
            None => (if place == "-" { "" } else { place }, false),
        };
        if starts || id != loop_id {
            instance += 1;
            loop_id = id;
            if id == "2320" {
                parent = instance;
            }
        }
        let number = index as u32 + 1;
        let mut meta =
            SegmentMeta::unplaced(u64::from(number) + 2, number, u64::from(number) * 100);
        meta.loop_id = id;
        meta.loop_path = id;
        meta.loop_instance = if id.is_empty() { 0 } else { instance };
        meta.parent_instance = parent;
        buffer.push(Segment::parse(text.as_bytes(), Separators::default(), &mut ends), meta);
    }
    buffer
}

/// The segments of the lines without their loops.
pub(crate) fn segments(lines: &str) -> Vec<String> {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

/// Collects what a writer hands on, with the usual separators.
pub(crate) fn collect(
    compose: impl FnOnce(&mut dyn FnMut(&str) -> Result<(), WriteError>) -> Result<(), WriteError>,
) -> Result<Vec<String>, WriteError> {
    let mut written = Vec::new();
    compose(&mut |segment| {
        let text = segment.replace(CARRIED_ELEMENT, "*").replace(CARRIED_COMPONENT, ":");
        written.push(text.replace(CARRIED_REPETITION, "^"));
        Ok(())
    })?;
    Ok(written)
}
