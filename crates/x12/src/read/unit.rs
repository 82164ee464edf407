//! What a reader gives: envelope events and units with their findings.

use super::envelope::{Group, Interchange};
use crate::guide::Guide;
use crate::raw::{Located, SegmentBuffer};
use counterfoil_base::{Finding, Text};

/// Something that a reader has come upon, in the order of the file.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// An ISA was read.
    InterchangeStart(&'a Interchange),
    /// A GS was read.
    GroupStart(&'a Group),
    /// An ST was read.
    TransactionStart(&'a Transaction),
    /// A unit is complete: a claim, a claim's payment, an acknowledged transaction set.
    Unit(Unit<'a>),
    /// An SE was read, or stands missing.
    TransactionEnd(TransactionEnd<'a>),
    /// A GE was read, or stands missing.
    GroupEnd(&'a Group),
    /// An IEA was read, or stands missing.
    InterchangeEnd(&'a Interchange),
    /// A TA1 that stands between the groups of an interchange.
    InterchangeAcknowledgement(Located<'a>),
    /// A finding that belongs to no unit: envelope, header, hierarchy.
    Finding(&'a Finding),
}

/// A transaction set that is being read.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// ST01, for example `837`.
    pub set_id: Text,
    /// ST02.
    pub control_number: Text,
    /// ST03; empty in an 835.
    pub version: Text,
    /// The guide it is read with; without one, units are runs of segments and only the base
    /// standard is checked.
    pub guide: Option<&'static Guide>,
    /// 1-based position of ST in the file.
    pub file_index: u64,
}

/// A unit with the loops around it.
#[derive(Clone, Copy)]
pub struct Unit<'a> {
    pub(super) buffer: &'a SegmentBuffer,
    pub(super) own_from: usize,
    pub(super) findings: &'a [Finding],
    pub(super) transaction: &'a Transaction,
    pub(super) group: Option<&'a Group>,
    pub(super) interchange: &'a Interchange,
    pub(super) context_has_errors: bool,
    pub(super) is_part: bool,
}

impl<'a> Unit<'a> {
    /// Header and hierarchy first, then the unit's own segments.
    ///
    /// For a claim: ST, BHT, 1000A, 1000B, its own 2000A, 2000B and 2000C with their loops,
    /// then 2300 to the end.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Located<'a>> + Clone + use<'a> {
        self.buffer.iter()
    }

    /// The segments of header and hierarchy.
    pub fn context(&self) -> impl Iterator<Item = Located<'a>> + use<'a> {
        self.buffer.iter().take(self.own_from)
    }

    /// The unit's own segments.
    pub fn own_segments(&self) -> impl DoubleEndedIterator<Item = Located<'a>> + use<'a> {
        self.buffer.iter_from(self.own_from)
    }

    /// How many segments the unit itself has.
    #[must_use]
    pub fn own_count(&self) -> usize {
        self.buffer.len().saturating_sub(self.own_from)
    }

    /// The guide that the loops are named after.
    #[must_use]
    pub fn guide(&self) -> Option<&'static Guide> {
        self.transaction.guide
    }

    /// What was found in the unit, in the order of its discovery.
    #[must_use]
    pub fn findings(&self) -> &'a [Finding] {
        self.findings
    }

    /// Its transaction set.
    #[must_use]
    pub fn transaction(&self) -> &'a Transaction {
        self.transaction
    }

    /// Its functional group.
    #[must_use]
    pub fn group(&self) -> Option<&'a Group> {
        self.group
    }

    /// Its interchange.
    #[must_use]
    pub fn interchange(&self) -> &'a Interchange {
        self.interchange
    }

    /// True when the unit or a loop around it has an error of SNIP type 1 or 2: it may be
    /// incomplete or misread, and its transaction set is rejected in the 999.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.context_has_errors || self.findings.iter().any(|f| f.is_error() && f.snip <= 2)
    }

    /// True when the unit was too large and this is one part of it.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.is_part
    }
}

/// The end of a transaction set.
#[derive(Clone, Copy)]
pub struct TransactionEnd<'a> {
    /// The transaction set.
    pub transaction: &'a Transaction,
    pub(super) buffer: &'a SegmentBuffer,
    /// What was found at the end: trailer, totals, rules over the whole transaction set.
    pub findings: &'a [Finding],
    /// Errors in the whole transaction set.
    pub error_count: u64,
    /// True when SNIP 1 and 2 found no error in it, so that a 999 accepts it.
    pub is_accepted: bool,
}

impl<'a> TransactionEnd<'a> {
    /// The segments of the transaction set itself: header and trailer without the loops of
    /// units, for example ST, BPR, TRN, N1 loops, PLB and SE of an 835.
    pub fn segments(&self) -> impl Iterator<Item = Located<'a>> + use<'a> {
        self.buffer.iter()
    }
}
