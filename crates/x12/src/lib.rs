//! X12 005010 envelopes and implementation guides: streaming read, check and write.
//!
//! Everything here is pure: bytes are pushed in, segments, units, findings and bytes come out.
//! The layers, from the bottom: [`raw`] cuts bytes into segments, [`guide`] holds what a
//! transaction set may contain; [`Writer`] makes interchanges.

mod acknowledge;
mod check;
mod envelope_scan;
pub mod guide;
pub mod raw;
mod read;
mod round_trip;
mod rules;
pub mod status_277ca;
mod walk;
mod writer;

pub use acknowledge::{
    AckLog, AckNumbers, GroupAnswer, InterchangeAnswer, SetAnswer, WrittenAcknowledgement,
};
pub use check::{Profile, is_npi, is_routing_number};
pub use envelope_scan::EnvelopeScan;
pub use guide::{CodeAnswer, CodeLookup, CodeSet, Guide, GuideSet, NoTables};
pub use raw::{Located, Segment, SegmentBuffer, SegmentMeta, SegmentTag, Separators};
pub use read::{
    Event, Group, Interchange, ReadOptions, Reader, Transaction, TransactionEnd, TransactionHeader,
    Unit,
};
pub use round_trip::{RoundTrip, round_trip};
pub use writer::{Envelope, SegmentWriter, WriteError, Writer};
