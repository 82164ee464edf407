//! X12 005010 envelopes and implementation guides: streaming read, check and write.
//!
//! Everything here is pure: bytes are pushed in, segments, units, findings and bytes come out.
//! The layers, from the bottom: [`raw`] cuts bytes into segments, [`guide`] holds what a
//! transaction set may contain; [`Writer`] makes interchanges.

mod check;
pub mod guide;
pub mod raw;
pub mod status_277ca;
mod writer;

pub use check::{Profile, is_npi, is_routing_number};
pub use guide::{CodeAnswer, CodeLookup, CodeSet, Guide, GuideSet, NoTables};
pub use raw::{Located, Segment, SegmentBuffer, SegmentMeta, SegmentTag, Separators};
pub use writer::{Envelope, SegmentWriter, WriteError, Writer};
