//! The mark of a data folder that was put back to an older time: what waits until somebody has
//! looked what was done since.
//!
//! The file lists it, a line each: `work`, and `relationship` with the identifier of each one for
//! which nothing is signed. `counterfoil restore` writes it empty, which is everything.

use counterfoil_twin::{Hash, to_hex};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

/// There since the folder was restored, until nothing waits any more.
pub const RESTORED_FILE: &str = "restored";
/// What is wrong with a folder whose work waits.
pub const RESTORED_WHAT: &str = "this folder was restored: it may not \
    know what it has paid, sent and taken in since the backup";
/// What to do about it.
pub const RESTORED_NEXT: &str = "a provider's node goes on when it has met every paired partner \
    (`counterfoil serve`); a payer's, and one without a paired partner, when a person has looked \
    with each partner and payee what was done since the backup and says so by name: \
    `counterfoil restore --met-everyone --by NAME --data DIR`";
/// What is wrong when nothing is signed for a partner.
pub const UNMET_WHAT: &str = "this folder was restored, and nothing is signed for a partner that \
    was not met since: what it was told after the backup is not known here";
/// What to do about it.
pub const UNMET_NEXT: &str = "let the two nodes meet (`counterfoil serve`), or look with the \
    partner which events it holds and say so by name: `counterfoil restore --met-everyone \
    --by NAME --data DIR`";

/// A line for the work of the office.
const WORK: &str = "work";
/// What a line of a relationship begins with.
const RELATIONSHIP: &str = "relationship ";

/// What waits in a folder since it was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// True while nothing is sent, taken in, decided or paid.
    pub work: bool,
    /// Relationships for which nothing is signed, in hexadecimal; nothing means every one.
    unmet: Option<BTreeSet<String>>,
}

impl Restored {
    const EVERYTHING: Restored = Restored { work: true, unmet: None };

    /// What waits in a folder; nothing when it was not restored, or nothing waits any more. A mark
    /// that cannot be read, or says what nobody has written, means everything.
    #[must_use]
    pub fn read(data: &Path) -> Option<Restored> {
        match std::fs::read_to_string(data.join(RESTORED_FILE)) {
            Ok(text) => Some(Restored::parse(&text)),
            // Where there is no folder, there is no mark.
            Err(cause) if is_absent(cause.kind()) => None,
            Err(_) => Some(Restored::EVERYTHING),
        }
    }

    fn parse(text: &str) -> Restored {
        let mut waits = Restored { work: false, unmet: Some(BTreeSet::new()) };
        for line in text.lines() {
            match (line == WORK, line.strip_prefix(RELATIONSHIP), &mut waits.unmet) {
                (true, ..) => waits.work = true,
                (_, Some(id), Some(unmet)) => drop(unmet.insert(id.to_owned())),
                _ => return Restored::EVERYTHING,
            }
        }
        match text.is_empty() {
            true => Restored::EVERYTHING,
            false => waits,
        }
    }

    /// True while nothing is signed for a relationship.
    #[must_use]
    pub fn is_unmet(&self, relationship: &Hash) -> bool {
        self.unmet.as_ref().is_none_or(|unmet| unmet.contains(&to_hex(relationship)))
    }

    /// Names the relationships there are, when all of them wait: those that are opened from now
    /// on do not.
    pub fn name(&mut self, relationships: impl Iterator<Item = Hash>) {
        if self.unmet.is_none() {
            self.unmet = Some(relationships.map(|id| to_hex(&id)).collect());
        }
    }

    /// Takes note that the partner of a relationship was met.
    pub fn met(&mut self, relationship: &Hash) {
        if let Some(unmet) = &mut self.unmet {
            unmet.remove(&to_hex(relationship));
        }
    }

    /// Keeps what waits now, durably; the mark goes when that is nothing. A mark that somebody has
    /// taken away meanwhile does not come back.
    ///
    /// # Errors
    /// When the folder cannot be written to; the mark is as it was then.
    pub fn keep(&self, data: &Path) -> Result<()> {
        let (place, partial) = (data.join(RESTORED_FILE), data.join("restored.partial"));
        let text = self.text();
        if text.is_empty() {
            std::fs::remove_file(&place)?;
            return std::fs::File::open(data)?.sync_all();
        }
        let mut file = std::fs::File::create(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if !place.exists() {
            return std::fs::remove_file(&partial);
        }
        std::fs::rename(&partial, &place)?;
        std::fs::File::open(data)?.sync_all()
    }

    fn text(&self) -> String {
        let work = self.work.then(|| format!("{WORK}\n"));
        let unmet = self.unmet.iter().flatten().map(|id| format!("{RELATIONSHIP}{id}\n"));
        work.into_iter().chain(unmet).collect()
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether the work of a data folder waits since it was restored.
#[must_use]
pub fn is_restored(data: &Path) -> bool {
    Restored::read(data).is_some_and(|waits| waits.work)
}

/// Whether nothing is signed for a relationship since the folder was restored.
#[must_use]
pub fn is_unmet(data: &Path, relationship: &Hash) -> bool {
    Restored::read(data).is_some_and(|waits| waits.is_unmet(relationship))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_the_mark_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_restored(folder.path()));
        assert!(!is_restored(&folder.path().join("nowhere")));
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(!is_restored(&folder.path().join("file")), "a file is no folder");
        std::fs::write(folder.path().join(RESTORED_FILE), "").unwrap();
        assert!(is_restored(folder.path()));
        for unknown in ["what is this\n", "work\nrelationship", "work\n\n"] {
            std::fs::write(folder.path().join(RESTORED_FILE), unknown).unwrap();
            assert_eq!(Restored::read(folder.path()), Some(Restored::EVERYTHING), "{unknown}");
        }
    }

    #[test]
    fn what_waits_is_kept_until_nothing_does() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let (first, second, later) = ([1; 32], [2; 32], [3; 32]);
        std::fs::write(data.join(RESTORED_FILE), "").unwrap();
        let mut waits = Restored::read(data).unwrap();
        assert!(waits.is_unmet(&later), "everything waits");
        waits.name([first, second].into_iter());
        waits.met(&first);
        waits.keep(data).unwrap();
        assert_eq!(Restored::read(data), Some(waits.clone()));
        assert!(is_restored(data) && is_unmet(data, &second));
        assert!(!is_unmet(data, &first) && !is_unmet(data, &later));
        waits.work = false;
        waits.keep(data).unwrap();
        assert!(!is_restored(data) && is_unmet(data, &second), "one was not met yet");
        waits.met(&second);
        waits.keep(data).unwrap();
        assert_eq!(Restored::read(data), None);
        waits.work = true;
        waits.keep(data).unwrap();
        assert_eq!(Restored::read(data), None, "what a person took away stays away");
    }
}
