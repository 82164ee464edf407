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
/// Between two counts of a folder: it may hold every file of a year.
const COUNT_EVERY: Duration = Duration::from_secs(3);
/// Bytes of a name under which a file is put aside: a file system takes 255, and a number may stand
/// before it and the name of its reason behind it.
const NAME_BYTES_MAX: usize = 200;

/// A watched folder.
pub struct Watched {
    path: PathBuf,
    /// Size and time of change as they were seen, and since when.
    seen: BTreeMap<PathBuf, (u64, Option<SystemTime>, Instant)>,
    waiting: u64,
    refused: Reasons,
    partly: Reasons,
    /// Between two counts of the reasons in a folder.
    pub count_every: Duration,
}

/// Reasons in a folder, counted again when the folder has changed, now and then.
#[derive(Default)]
struct Reasons {
    count: u64,
    changed: Option<SystemTime>,
    counted_at: Option<Instant>,
}

impl Watched {
    pub fn new(path: PathBuf) -> Watched {
        Watched {
            path,
            seen: BTreeMap::new(),
            waiting: 0,
            refused: Reasons::default(),
            partly: Reasons::default(),
            count_every: COUNT_EVERY,
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
        self.refused.look(&self.path.join(REFUSED), self.count_every);
        self.partly.look(&self.path.join(TAKEN), self.count_every);
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
        self.put(path, TAKEN, told)?;
        self.partly.count += u64::from(told.is_some());
        Ok(())
    }

    /// Puts a file aside that cannot be used, with the reason in words beside it.
    pub fn refuse(&mut self, path: &Path, failure: &Failure) -> Result<(), Failure> {
        let name = plain(&name_of(path));
        let text = format!(
            "{name} was not taken in.\n\nwhy: {}\nnext: {}\n\nNothing of it was booked or sent. \
             Correct it and put it into the inbox again; then delete both files here.\n",
            failure.what, failure.next
        );
        self.put(path, REFUSED, Some(&text))?;
        self.refused.count += 1;
        Ok(())
    }

    /// Moves a file into a folder. What is told of it stands there before the file does: a file
    /// without its reason would tell nobody.
    fn put(&mut self, path: &Path, folder: &str, told: Option<&str>) -> Result<(), Failure> {
        let folder = self.path.join(folder);
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|cause| CommandError::file("make", &folder, &cause))?;
        let name = cut(&name_of(path));
        let (mut place, mut number) = (name.clone(), 2);
        while folder.join(&place).exists() {
            place = format!("{number}-{name}");
            number += 1;
        }
        if let Some(text) = told {
            note(&folder, &place, text)?;
        }
        let moved = std::fs::rename(path, folder.join(&place));
        moved.map_err(|cause| {
            if told.is_some() {
                // It tells of a file that is not there; when it stays, the next attempt takes it.
                let _ = std::fs::remove_file(folder.join(format!("{place}{REASON}")));
            }
            CommandError::file("move", path, &cause)
        })?;
        self.seen.remove(path);
        Ok(())
    }
}

/// A name that leaves room for what is put before and behind it.
fn cut(name: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name.to_owned();
    }
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    let ending = ending.filter(|ending| ending.len() < 10).map(|ending| format!(".{ending}"));
    let ending = ending.unwrap_or_default();
    let room = NAME_BYTES_MAX - ending.len();
    let end = (0..=room).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{ending}", name.get(..end).unwrap_or_default())
}

/// A name from outside as a text shows it: nothing in it can look like another line.
pub fn plain(name: &str) -> String {
    let is_hidden = |one: char| one.is_control() || ('\u{200b}'..='\u{206f}').contains(&one);
    name.replace(is_hidden, "\u{fffd}")
}

impl Reasons {
    /// A folder that is not there, or cannot be read now, holds none.
    fn look(&mut self, folder: &Path, every: Duration) {
        let now = instant();
        if self.counted_at.is_some_and(|at| now.duration_since(at) < every) {
            return;
        }
        let changed = folder.metadata().and_then(|about| about.modified()).ok();
        if changed.is_some() && changed == self.changed {
            return;
        }
        self.counted_at = Some(now);
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
        watched.count_every = Duration::ZERO;
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

    #[test]
    fn a_reason_is_there_before_its_file_and_for_the_longest_name_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = folder.path().join("inbox");
        std::fs::create_dir_all(&inbox).expect("a folder");
        let mut watched = Watched::new(inbox.clone());
        let failure = Failure::file("it holds no claims", "send claims");
        // 127 letters of two bytes: 254, and with a reason too long for a file system.
        for name in ["\u{e4}".repeat(127), format!("{}.837", "\u{e4}".repeat(125))] {
            std::fs::write(inbox.join(&name), "ISA").expect("a file");
            watched
                .refuse(&inbox.join(&name), &failure)
                .unwrap_or_else(|one| panic!("{}", one.what));
        }
        let names = |name: &str| -> Vec<String> {
            let entries = std::fs::read_dir(inbox.join(name)).expect("a folder").flatten();
            let mut names: Vec<String> = entries.map(|one| name_of(&one.path())).collect();
            names.sort();
            names
        };
        let refused = names(REFUSED);
        let whole = "\u{e4}".repeat(100);
        let short = format!("{}.837", "\u{e4}".repeat(98));
        assert_eq!(
            refused,
            [short.clone(), format!("{short}{REASON}"), whole.clone(), format!("{whole}{REASON}")]
        );
        assert_eq!(watched.refused(), 2, "they count without a look");
        // What cannot be moved leaves no reason.
        assert!(watched.refuse(&inbox.join("gone.837"), &failure).is_err());
        assert_eq!(names(REFUSED), refused);
    }
}
