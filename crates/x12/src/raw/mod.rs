//! The raw layer: separators, segments and byte-exact splitting, without any guide.

mod buffer;
mod segment;
mod separators;
mod splitter;

pub use buffer::{Located, SegmentBuffer, SegmentMark, SegmentMeta};
pub use segment::{Segment, SegmentTag};
pub use separators::{IsaLayout, Separators};
pub use splitter::{Foreign, SEGMENT_BYTES_MAX, Split, Splitter};
