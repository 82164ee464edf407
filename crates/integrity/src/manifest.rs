//! The manifest beside a table or rule pack: what it is, whence it came and when it holds.

use counterfoil_base::{Date, DateRange};
use serde::Deserialize;

/// What a manifest says; `manifest.toml` beside the file it describes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What the file holds, for people.
    pub title: String,
    /// Name of the file in the same folder.
    pub file: String,
    /// SHA-256 of that file, in hexadecimal.
    pub sha256: String,
    /// Number of rows or edits.
    pub rows: u64,
    /// First day for which the file was published, YYYY-MM-DD.
    pub valid_from: String,
    /// Last day, YYYY-MM-DD; empty when open.
    pub valid_to: String,
    /// Who published it, and in which version.
    pub source: String,
    /// Terms under which it may be used.
    pub licence: String,
    /// What a reader should know besides.
    #[serde(default)]
    pub note: String,
}

impl Manifest {
    /// Reads a manifest; the error is a sentence.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        toml::from_str(text).map_err(|error| error.message().to_string())
    }

    /// The days for which the file was published; nothing when a date is not one.
    #[must_use]
    pub fn days(&self) -> Option<DateRange> {
        let from = parse_iso_date(&self.valid_from)?;
        let to = match self.valid_to.as_str() {
            "" => Date::MAX,
            text => parse_iso_date(text)?,
        };
        (from <= to).then_some(DateRange { from, to })
    }
}

/// Reads YYYY-MM-DD.
pub(crate) fn parse_iso_date(text: &str) -> Option<Date> {
    match text.as_bytes() {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            counterfoil_base::parse_ccyymmdd(&[*y1, *y2, *y3, *y4, *m1, *m2, *d1, *d2])
        }
        _ => None,
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
