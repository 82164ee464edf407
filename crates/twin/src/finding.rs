//! What verification has to say: a code, where, and in plain words why and what to do (section 13).

use crate::event::Author;
use std::fmt;

/// The code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// TWN-01
    NotAHalf,
    /// TWN-02
    EventForm,
    /// TWN-03
    OtherRelationship,
    /// TWN-04
    Sequence,
    /// TWN-05
    Previous,
    /// TWN-06
    Signature,
    /// TWN-07
    Time,
    /// TWN-08
    SeenSize,
    /// TWN-09
    Body,
    /// TWN-10
    Kind,
    /// TWN-11
    SeenRoot,
    /// TWN-12
    SeenTooMuch,
    /// TWN-13
    Head,
    /// TWN-14
    Countersignature,
    /// TWN-15
    Shorter,
    /// TWN-16
    Opening,
    /// TWN-17
    TwoStories,
}

/// Code, what is wrong, its usual cause, and what to do.
type Row = (Code, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: [Row; 17] = [
    (Code::NotAHalf, "TWN-01", "the file is not a half or proof, or is damaged outside its events",
     "the file was cut, changed on its way, or is another file",
     "export it again and compare the SHA-256 of both copies"),
    (Code::EventForm, "TWN-02", "the bytes of the event are not in the form of an event",
     "the file was changed or cut at this event",
     "ask the author for the half again; events before this one still hold"),
    (Code::OtherRelationship, "TWN-03", "the event has another version, relationship or author",
     "files of two relationships were mixed, or the header was changed",
     "check which relationship the file belongs to"),
    (Code::Sequence, "TWN-04", "the sequence is not the next one",
     "an event was taken out, put in, doubled or moved",
     "ask the author for the events from this one on"),
    (Code::Previous, "TWN-05", "the event does not follow from the event before it",
     "this event or the one before it was exchanged after it was signed",
     "compare this event and the one before it with the other party's copy"),
    (Code::Signature, "TWN-06", "the signature does not hold",
     "the event was changed after it was signed, or signed by another key",
     "do not act on the event; ask the author for it again"),
    (Code::Time, "TWN-07", "the time lies before that of the previous event",
     "the event was dated back, or the author's program does not keep the rule",
     "ask the author; a program that keeps the rule never signs such an event"),
    (Code::SeenSize, "TWN-08", "the author claims to have seen less than before",
     "the author went back to an older copy of the other half",
     "ask the author whether a backup was restored"),
    (Code::Body, "TWN-09", "the body is not in its form or is not what was signed",
     "the body was changed, cut, withheld where it may not be, or belongs to another event",
     "ask the author for the body again; the signed event itself is intact"),
    (Code::Kind, "TWN-10", "the author may not say this, or not in this form",
     "the author's program does not keep the table of who may say what",
     "refuse the event and everything behind it, and tell the author"),
    (Code::SeenRoot, "TWN-11", "what the author claims to have seen is not the other half",
     "one of the two was shown another history, or one half was changed",
     "compare the other half with the copy that this author holds"),
    (Code::SeenTooMuch, "TWN-12", "the author claims to have seen more than the other half has",
     "the other half is an older copy or was cut",
     "fetch the other half anew, then verify again"),
    (Code::Head, "TWN-13", "a head is not signed, not of this half, or out of order",
     "a head was changed, is an old one, or does not cover all events",
     "ask the author for a new head"),
    (Code::Countersignature, "TWN-14", "a countersignature does not hold",
     "it was changed, or made by a key that is not the other party's",
     "ask the other party to countersign the head again"),
    (Code::Shorter, "TWN-15", "the half is shorter than a head that was countersigned",
     "events were taken from the end after both parties had signed that they are there",
     "ask for the missing events; the countersigned head proves that they existed"),
    (Code::Opening, "TWN-16", "the first event does not open this relationship with these keys",
     "the keys or the identifier in the header were changed, or the half begins elsewhere",
     "compare the keys with those that were exchanged when the two paired"),
    (Code::TwoStories, "TWN-17", "the author has signed two different events for one place",
     "the author told two stories, or its key is in other hands",
     "keep both events: together they prove it; stop relying on this author's half"),
];

impl Code {
    fn row(self) -> &'static Row {
        // The table has a row for each code, in their order; a test holds that.
        &TABLE[self as usize]
    }

    /// The code as it is written, for example `TWN-06`.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row().1
    }

    /// The number of the code, for example 6 of `TWN-06`.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Every code, in their order.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().map(|row| row.0)
    }
}

/// What of a half is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    File,
    /// The event with this sequence.
    Event(u64),
    /// The head with this size.
    Head(u64),
}

/// What is wrong with a half or a proof. It never holds personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwinFinding {
    /// The code.
    pub code: Code,
    /// Whose half; nothing when the file does not say.
    pub half: Option<Author>,
    /// Which event or head.
    pub place: Place,
    /// What exactly, where there is more to say than the code says; else empty.
    pub detail: String,
}

impl TwinFinding {
    /// A finding.
    #[must_use]
    pub fn new(code: Code, half: Option<Author>, place: Place) -> TwinFinding {
        TwinFinding { code, half, place, detail: String::new() }
    }

    /// Says more.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> TwinFinding {
        self.detail = detail.into();
        self
    }

    /// The event concerned, when it is one.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        if let Place::Event(sequence) = self.place { Some(sequence) } else { None }
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let half =
            self.half.map_or(String::new(), |half| format!(" of the {}'s half", half.word()));
        let place = match self.place {
            Place::File => format!("file{half}"),
            Place::Event(sequence) => format!("event {sequence}{half}"),
            Place::Head(size) => format!("head of size {size}{half}"),
        };
        let what = self.code.row().2;
        if self.detail.is_empty() {
            format!("{place}: {what}")
        } else {
            format!("{place}: {what} ({})", self.detail)
        }
    }

    /// What usually brings it about.
    #[must_use]
    pub fn cause(&self) -> &'static str {
        self.code.row().3
    }

    /// What to do.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        self.code.row().4
    }
}

impl std::error::Error for TwinFinding {}

impl fmt::Display for TwinFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code.text(), self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_code_in_their_order() {
        for (index, code) in Code::all().enumerate() {
            assert_eq!(code as usize, index);
            assert_eq!(code.text(), format!("TWN-{:02}", index + 1));
        }
    }

    #[test]
    fn a_finding_reads_as_a_sentence() {
        let finding = TwinFinding::new(Code::Signature, Some(Author::Payer), Place::Event(7));
        assert_eq!(
            finding.to_string(),
            "TWN-06 event 7 of the payer's half: the signature does not hold"
        );
    }
}
