//! Both halves from their files, and what two nodes find when they lay them side by side.

use crate::body::Body;
use crate::chain::BodyBytes;
use crate::event::{Author, Event};
use crate::finding::{Code, Place, TwinFinding};
use crate::half_file::{HalfPart, HalfReader};
use crate::hash::Hash;
use crate::twin::{Standpoint, Twin};

/// The twin record of two half files that [`crate::verify_halves`] has found good: states, match
/// hash, proofs. Signatures are not checked again.
///
/// # Errors
/// [`TwinFinding`] where a file cannot be read or an event does not follow from the one before.
pub fn load_halves(files: [&[u8]; 2]) -> Result<Twin, TwinFinding> {
    let mut twin: Option<Twin> = None;
    for file in files {
        let mut reader = HalfReader::new();
        reader.push(file);
        reader.finish();
        let mut author: Option<Author> = None;
        let mut sequence = 0;
        while let Some(part) = reader.next_part() {
            let whose = author;
            let finding = |code, place| TwinFinding::new(code, whose, place);
            match (part, &mut twin) {
                (HalfPart::Start(start), twin) => {
                    author = Some(start.author);
                    let known = twin.get_or_insert_with(|| Twin::new(start.relationship));
                    if *known.relationship() != start.relationship {
                        return Err(finding(Code::OtherRelationship, Place::File));
                    }
                }
                (HalfPart::Entry { event, body }, Some(twin)) => {
                    let place = Place::Event(sequence);
                    let event =
                        Event::decode(&event).map_err(|_| finding(Code::EventForm, place))?;
                    let body = match body {
                        BodyBytes::Withheld => None,
                        BodyBytes::Shown(bytes) => {
                            let body = Body::decode(&bytes);
                            Some(body.map_err(|_| finding(Code::Body, place))?)
                        }
                        BodyBytes::Damaged => return Err(finding(Code::Body, place)),
                    };
                    twin.replay(&event, body.as_ref())?;
                    sequence += 1;
                }
                (HalfPart::End, _) => {}
                (HalfPart::DamagedEvent(_), _) => {
                    return Err(finding(Code::EventForm, Place::Event(sequence)));
                }
                (HalfPart::NotAHalf(_) | HalfPart::Entry { .. }, _) => {
                    return Err(finding(Code::NotAHalf, Place::File));
                }
            }
        }
    }
    twin.ok_or_else(|| TwinFinding::new(Code::NotAHalf, None, Place::File))
}

/// What two nodes find when they compare where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Both hold the same events and see the same states.
    Equal {
        /// The hash that both show.
        hash: Hash,
    },
    /// Of these halves the nodes hold different events; a [`crate::TreeComparison`] of each names
    /// the first one, or that one node holds less.
    Halves(Vec<Author>),
    /// Both hold the same events and see other states: one of the programs is wrong. A
    /// [`crate::SummaryComparison`] names the claims.
    Claims,
}

impl Standpoint {
    /// Compares with where the other node stands.
    #[must_use]
    pub fn compare(&self, other: &Standpoint, relationship: &Hash) -> Match {
        let halves = [
            (Author::Payer, self.payer != other.payer),
            (Author::Provider, self.provider != other.provider),
        ];
        let different: Vec<Author> =
            halves.into_iter().filter(|(_, differs)| *differs).map(|(author, _)| author).collect();
        if !different.is_empty() {
            Match::Halves(different)
        } else if self.claims != other.claims {
            Match::Claims
        } else {
            Match::Equal { hash: self.hash(relationship) }
        }
    }
}
