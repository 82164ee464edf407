//! The limits of the exchange (docs/reference/sync.md, section 9).

/// Most bytes of a message.
pub const MESSAGE_BYTES_MAX: usize = 270_336;
/// Most bytes of entries in a message that has more than one.
pub const BATCH_BYTES: usize = 262_144;
/// Most bytes of entries that are sent and not acknowledged.
pub const WINDOW_BYTES: usize = 1_048_576;
/// Most bytes of a part of a document.
pub const PART_BYTES: usize = 262_144;
/// Most documents that are asked for at a time.
pub const DOCUMENTS_AT_ONCE: usize = 4;
/// Most events that are acknowledged before a new head is signed.
pub const HEAD_EVENTS: u64 = 1_024;
/// Milliseconds in step before a head is signed.
pub const HEAD_QUIET_MS: i64 = 1_000;
/// Most milliseconds between the clocks of the two nodes.
pub const CLOCK_DIFFERENCE_MS_MAX: u64 = 300_000;
