//! Short text that is stored without allocation when it fits in 24 bytes.

/// A code, identifier or short free text as it stood in the source.
///
/// Nearly every code of the trade (procedure, reason, control number) fits inline, so a
/// claim line clones without touching the allocator; longer text is kept whole.
pub type Text = compact_str::CompactString;
