//! A folder into which people and other programs put files: a file is taken when it has stopped
//! growing, and lies in `taken` or, with the reason beside it, in `refused` afterwards.

use super::Failure;
use crate::outside::instant;
use counterfoil_cli::CommandError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Where files go that were worked on.
const TAKEN: &str = "taken";
/// Where files go that cannot be used.
const REFUSED: &str = "refused";
/// What stands beside a refused file.
const REASON: &str = ".reason.txt";

/// A watched folder.
pub struct Watched {
    path: PathBuf,
    /// Size and time of change as they were seen, and since when.
    seen: BTreeMap<PathBuf, (u64, Option<SystemTime>, Instant)>,
    waiting: u64,
    refused: u64,
}

impl Watched {
    pub fn new(path: PathBuf) -> Watched {
        Watched { path, seen: BTreeMap::new(), waiting: 0, refused: 0 }
    }

    /// Files that were there at the last look.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Refused files that nobody has taken away.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The files that are whole: neither size nor time has changed for so long, by name.
    pub fn look(&mut self, settle: Duration) -> Result<Vec<PathBuf>, Failure> {
        let now = instant();
        let mut seen = BTreeMap::new();
        let mut whole = Vec::new();
        for path in self.files(&self.path)? {
            let Ok(about) = path.metadata() else { continue };
            let (size, changed) = (about.len(), about.modified().ok());
            let before = self.seen.get(&path).filter(|one| (one.0, one.1) == (size, changed));
            let since = before.map_or(now, |(_, _, since)| *since);
            if before.is_some() && now.duration_since(since) >= settle {
                whole.push(path.clone());
            }
            seen.insert(path, (size, changed, since));
        }
        self.waiting = seen.len() as u64;
        self.seen = seen;
        let refused = self.files(&self.path.join(REFUSED))?;
        let reasons = refused.iter().filter(|path| name_of(path).ends_with(REASON));
        self.refused = reasons.count() as u64;
        Ok(whole)
    }

    /// Files of a folder, which is made when it is missing.
    fn files(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let failed = |cause: std::io::Error| CommandError::file("look into", folder, &cause);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = name_of(&path);
            let is_unfinished =
                name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
            if !is_unfinished && !path.is_dir() {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Puts a file aside that was worked on.
    pub fn taken(&mut self, path: &Path) -> Result<(), Failure> {
        self.put(path, TAKEN).map(drop)
    }

    /// Puts a file aside that cannot be used, with the reason in words beside it.
    pub fn refuse(&mut self, path: &Path, failure: &Failure) -> Result<(), Failure> {
        let place = self.put(path, REFUSED)?;
        let name = name_of(path);
        let reason = place.with_file_name(format!("{}{REASON}", name_of(&place)));
        let text = format!(
            "{name} was not taken in.\n\nwhy: {}\nnext: {}\n\nNothing of it was booked or sent. \
             Correct it and put it into the inbox again; then delete both files here.\n",
            failure.what, failure.next
        );
        let written = std::fs::write(&reason, text);
        written.map_err(|cause| CommandError::file("write", &reason, &cause).into())
    }

    fn put(&mut self, path: &Path, folder: &str) -> Result<PathBuf, Failure> {
        let folder = self.path.join(folder);
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|cause| CommandError::file("make", &folder, &cause))?;
        let name = name_of(path);
        let mut place = folder.join(&name);
        let mut number = 2;
        while place.exists() {
            place = folder.join(format!("{number}-{name}"));
            number += 1;
        }
        let moved = std::fs::rename(path, &place);
        moved.map_err(|cause| CommandError::file("move", path, &cause))?;
        self.seen.remove(path);
        Ok(place)
    }
}

/// The name of a file.
pub fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The first transaction set of an X12 file (ST01); nothing when it is none.
pub fn set_of(path: &Path) -> std::io::Result<Option<String>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    let begins = bytes.starts_with(b"ISA");
    let (Some(element), Some(end)) = (bytes.get(3).copied(), bytes.get(105).copied()) else {
        return Ok(None);
    };
    let segment = bytes.split(|byte| *byte == end).find_map(|segment| {
        let mut parts = segment.trim_ascii().split(|byte| *byte == element);
        (parts.next() == Some(b"ST")).then(|| parts.next())?
    });
    let set = segment.map(|set| String::from_utf8_lossy(set).into_owned());
    Ok(set.filter(|_| begins))
}

/// Bytes within which the first ST stands.
const HEAD_BYTES: u64 = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_when_it_has_stopped_growing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut watched = Watched::new(folder.path().join("inbox"));
        let names = |found: Vec<PathBuf>| -> Vec<String> {
            found.iter().map(|path| name_of(path)).collect()
        };
        let look = |watched: &mut Watched| {
            names(watched.look(Duration::ZERO).unwrap_or_else(|failure| panic!("{}", failure.what)))
        };
        assert_eq!(look(&mut watched), [""; 0]);
        let inbox = folder.path().join("inbox");
        for name in ["b.837", "a.837", "c.837.part", "d.tmp", ".e"] {
            std::fs::write(inbox.join(name), "ISA").expect("a file");
        }
        assert_eq!(look(&mut watched), [""; 0], "the first look only remembers");
        std::fs::write(inbox.join("b.837"), "ISA and more").expect("a file that grows");
        assert_eq!(look(&mut watched), ["a.837", "b.837"][..1], "one still grows");
        assert_eq!(look(&mut watched), ["a.837", "b.837"]);
        assert_eq!(watched.waiting(), 2);
        let gone = |failure: Failure| panic!("{}", failure.what);
        watched.taken(&inbox.join("a.837")).unwrap_or_else(gone);
        let failure = Failure::file("it holds no claims", "send claims");
        watched.refuse(&inbox.join("b.837"), &failure).unwrap_or_else(gone);
        assert!(inbox.join("taken/a.837").exists());
        let reason = std::fs::read_to_string(inbox.join("refused/b.837.reason.txt"));
        assert!(reason.expect("a reason").contains("why: it holds no claims\nnext: send claims"));
        assert_eq!(look(&mut watched), [""; 0]);
        assert_eq!((watched.waiting(), watched.refused()), (0, 1));
        std::fs::write(inbox.join("a.837"), "another").expect("a file of the same name");
        look(&mut watched);
        watched.taken(&inbox.join("a.837")).unwrap_or_else(gone);
        assert!(inbox.join("taken/2-a.837").exists(), "nothing is written over");
    }
}
