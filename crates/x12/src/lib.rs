//! X12 005010 envelopes and implementation guides: streaming read, check and write.
//!
//! Everything here is pure: bytes are pushed in, segments, units, findings and bytes come out.
//! The layers, from the bottom: [`raw`] cuts bytes into segments; [`Writer`] makes interchanges.

pub mod raw;
mod writer;

pub use raw::{Located, Segment, SegmentBuffer, SegmentMeta, SegmentTag, Separators};
pub use writer::{Envelope, SegmentWriter, WriteError, Writer};
