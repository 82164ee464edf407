//! Files that came and went, and what was said of them.

use super::{TimelineEvent, Tone};
use crate::figure::Figure;
use counterfoil_base::Phi;
use jiff::Timestamp;
use std::path::PathBuf;

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStanding {
    /// Arrived and not read yet.
    Waiting,
    /// Being read.
    Reading,
    /// Read; everything in it was accepted.
    Accepted,
    /// Read; a part was refused.
    PartlyRefused,
    /// Refused as a whole.
    Refused,
    /// Sent, and the other side has said that it has it.
    Delivered,
}

impl FileStanding {
    /// The words that pages use, with their tone.
    #[must_use]
    pub fn words(self) -> (&'static str, Tone) {
        match self {
            FileStanding::Waiting => ("waiting", Tone::Moving),
            FileStanding::Reading => ("being read", Tone::Moving),
            FileStanding::Accepted => ("accepted", Tone::Good),
            FileStanding::PartlyRefused => ("partly refused", Tone::Attention),
            FileStanding::Refused => ("refused", Tone::Refused),
            FileStanding::Delivered => ("delivered", Tone::Good),
        }
    }

    /// Every standing, in the order of a file's life.
    pub const ALL: [FileStanding; 6] = [
        FileStanding::Waiting,
        FileStanding::Reading,
        FileStanding::Accepted,
        FileStanding::PartlyRefused,
        FileStanding::Refused,
        FileStanding::Delivered,
    ];
}

/// A file in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Opaque id.
    pub id: String,
    /// Its name as it arrived or left.
    pub name: String,
    /// What it is: `837P`, `835`, `bank file`.
    pub kind: String,
    /// True when it came in, false when it went out.
    pub is_incoming: bool,
    /// The other party.
    pub partner: String,
    /// When it arrived or was written.
    pub at: Timestamp,
    /// How far it has come.
    pub standing: FileStanding,
    /// Claims or payments in it.
    pub count_in: Figure,
    /// Of them accepted.
    pub count_accepted: Figure,
    /// Of them refused.
    pub count_refused: Figure,
    /// Money in it.
    pub money_in: Figure,
    /// Of it accepted.
    pub money_accepted: Figure,
    /// Of it refused.
    pub money_refused: Figure,
}

/// A file with everything that was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// Its line in the list.
    pub row: FileRow,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Segments or lines in it.
    pub segments: u64,
    /// Control number of its interchange, empty when it has none.
    pub control_number: String,
    /// Findings by code, errors first.
    pub findings: Vec<FindingGroup>,
    /// What happened to it.
    pub timeline: Vec<TimelineEvent>,
    /// Why it can be sent again, when it can: `No 999 has come for 3 days.`
    pub resend: Option<String>,
    /// Work that goes on: stage, done and total.
    pub progress: Option<(String, u64, u64)>,
}

/// All findings of one code in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingGroup {
    /// Stable code.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// How often.
    pub count: Figure,
    /// The first places, in the order of the file.
    pub places: Vec<FindingPlace>,
}

/// Where a finding lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingPlace {
    /// 1-based segment in the file.
    pub segment: u64,
    /// In words: `segment 12, CLM05, loop 2300`.
    pub words: String,
    /// The claim that it is in, by its opaque id and its number.
    pub claim: Option<(String, String)>,
}

/// A stretch of a file as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawView {
    /// Name of the file.
    pub name: String,
    /// The file's opaque id.
    pub file: String,
    /// Segments in the whole file.
    pub total: u64,
    /// The stretch.
    pub segments: Vec<RawSegment>,
}

/// A segment as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawSegment {
    /// 1-based position.
    pub number: u64,
    /// The text without its terminator; it may name a person.
    pub text: Phi<String>,
    /// What was found in it.
    pub marks: Vec<String>,
}

/// A file that a person has sent through a page; it lies on the node's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name as the person's machine called it, without folders.
    pub name: String,
    /// Where it lies; the desk takes it over or removes it.
    pub path: PathBuf,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
}

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is new and will be read.
    New {
        /// Opaque id of the file.
        id: String,
    },
    /// The same bytes had come before; nothing was counted again.
    Known {
        /// Opaque id of the file that came first.
        id: String,
    },
}
