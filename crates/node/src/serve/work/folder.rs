//! A folder into which people and other programs put files: a file is taken when it has stopped
//! growing, and lies in `taken` or, with the reason beside it, in `refused` afterwards.

use super::Failure;
use crate::outside::instant;
use counterfoil_cli::CommandError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Where files go that were worked on.
pub const TAKEN: &str = "taken";
/// Where files go that cannot be used.
pub const REFUSED: &str = "refused";
/// What stands beside a file of which something was not used.
const REASON: &str = ".reason.txt";
/// A change of a folder that is younger may hide another one behind the same time.
const CHANGE_SETTLES: Duration = Duration::from_secs(2);

/// A watched folder.
pub struct Watched {
    path: PathBuf,
    /// Size and time of change as they were seen, and since when.
    seen: BTreeMap<PathBuf, (u64, Option<SystemTime>, Instant)>,
    waiting: u64,
    refused: Reasons,
    partly: Reasons,
}

/// Reasons in a folder, counted again when the folder has changed.
#[derive(Default)]
struct Reasons {
    count: u64,
    changed: Option<SystemTime>,
}

impl Watched {
    pub fn new(path: PathBuf) -> Watched {
        Watched {
            path,
            seen: BTreeMap::new(),
            waiting: 0,
            refused: Reasons::default(),
            partly: Reasons::default(),
        }
    }

    /// Files that were there at the last look.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Refused files whose reasons nobody has taken away.
    pub fn refused(&self) -> u64 {
        self.refused.count
    }

    /// Files that were taken in part, whose reasons nobody has taken away.
    pub fn partly(&self) -> u64 {
        self.partly.count
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
        self.refused.look(&self.path.join(REFUSED));
        self.partly.look(&self.path.join(TAKEN));
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

    /// Puts a file aside that was worked on, with what is to be told of it beside it.
    pub fn taken(&mut self, path: &Path, told: Option<&str>) -> Result<(), Failure> {
        let place = self.put(path, TAKEN)?;
        match told {
            Some(text) => note(&self.path.join(TAKEN), &name_of(&place), text),
            None => Ok(()),
        }
    }

    /// Puts a file aside that cannot be used, with the reason in words beside it.
    pub fn refuse(&mut self, path: &Path, failure: &Failure) -> Result<(), Failure> {
        let place = self.put(path, REFUSED)?;
        let name = name_of(path);
        let text = format!(
            "{name} was not taken in.\n\nwhy: {}\nnext: {}\n\nNothing of it was booked or sent. \
             Correct it and put it into the inbox again; then delete both files here.\n",
            failure.what, failure.next
        );
        note(&self.path.join(REFUSED), &name_of(&place), &text)
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

impl Reasons {
    /// A folder that is not there, or cannot be read now, holds none.
    fn look(&mut self, folder: &Path) {
        let changed = folder.metadata().and_then(|about| about.modified()).ok();
        if changed.is_some() && changed == self.changed {
            return;
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        self.count = entries.filter(|one| name_of(&one.path()).ends_with(REASON)).count() as u64;
        let is_settled = |at: &SystemTime| at.elapsed().is_ok_and(|age| age > CHANGE_SETTLES);
        self.changed = changed.filter(is_settled);
    }
}

/// Writes a text about a file into a folder, in the place of one of the same name.
pub fn note(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(format!("{name}{REASON}"));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
    written.map_err(|cause| CommandError::file("write", &path, &cause).into())
}

/// The name of a file.
pub fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

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
        watched.taken(&inbox.join("a.837"), None).unwrap_or_else(gone);
        let failure = Failure::file("it holds no claims", "send claims");
        watched.refuse(&inbox.join("b.837"), &failure).unwrap_or_else(gone);
        assert!(inbox.join("taken/a.837").exists());
        let reason = std::fs::read_to_string(inbox.join("refused/b.837.reason.txt"));
        assert!(reason.expect("a reason").contains("why: it holds no claims\nnext: send claims"));
        assert_eq!(look(&mut watched), [""; 0]);
        assert_eq!((watched.waiting(), watched.refused(), watched.partly()), (0, 1, 0));
        std::fs::write(inbox.join("a.837"), "another").expect("a file of the same name");
        look(&mut watched);
        watched.taken(&inbox.join("a.837"), None).unwrap_or_else(gone);
        assert!(inbox.join("taken/2-a.837").exists(), "nothing is written over");
        std::fs::write(inbox.join("c.csv"), "date").expect("a file");
        look(&mut watched);
        watched.taken(&inbox.join("c.csv"), Some("line 3")).unwrap_or_else(gone);
        look(&mut watched);
        assert_eq!((watched.refused(), watched.partly()), (1, 1));
        std::fs::remove_file(inbox.join("taken/c.csv.reason.txt")).expect("a reason");
        look(&mut watched);
        assert_eq!((watched.refused(), watched.partly()), (1, 0), "somebody has looked");
    }
}
