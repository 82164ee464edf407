//! Where a story happens: a folder of its own, the binary, and what it said.

use std::fmt::{Display, Formatter, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Columns of a transcript, beside its indentation in a source file.
const PAGE_COLUMNS: usize = 92;

/// A folder in which commands run.
pub struct Place {
    folder: TempDir,
}

/// What one command said.
pub struct Told {
    pub words: String,
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// An empty folder.
    pub fn empty() -> Place {
        Place { folder: TempDir::new().expect("a temporary folder") }
    }

    /// A folder with the plan of `tests/stories/plan`: rates, payment settings and one member.
    pub fn with_plan() -> Place {
        let place = Place::empty();
        copy(&tests().join("stories/plan"), &place.path("plan"));
        place
    }

    /// A folder with a month of 200 generated claims, played once for all stories.
    pub fn after_demo() -> Place {
        static DEMO: OnceLock<Place> = OnceLock::new();
        let demo = DEMO.get_or_init(|| {
            let place = Place::empty();
            assert_eq!(place.run("demo --claims 200 --headless").code, 0);
            place
        });
        let place = Place::empty();
        copy(&demo.path("demo"), &place.path("demo"));
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("a folder");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// The one file of a folder whose name begins so.
    pub fn named(&self, folder: &str, beginning: &str) -> String {
        let names = self.names(folder);
        let mut found = names.iter().filter(|name| name.starts_with(beginning));
        let name = found.next().unwrap_or_else(|| panic!("no {beginning} in {names:?}"));
        format!("{folder}/{name}")
    }

    /// The command, not yet started, with output to be read.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(words(line)).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `counterfoil LINE`; double quotes hold words together.
    pub fn run(&self, line: &str) -> Told {
        let done = self.command(line).output().expect("the binary runs");
        Told::of(line, &done)
    }

    /// Runs lines one after the other and tells them as a transcript.
    pub fn story(&self, lines: &[&str]) -> String {
        lines.iter().map(|line| self.run(line).to_string()).collect::<Vec<_>>().join("\n")
    }

    /// What the organization's books come to; equal digests are equal books.
    pub fn books(&self, data: &str) -> String {
        let told = self.run(&format!("ledger verify --data {data}"));
        assert_eq!(told.code, 0, "the books of {data} are sound: {told}");
        told.out
    }
}

impl Told {
    pub fn of(line: &str, done: &std::process::Output) -> Told {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let told = Told {
            words: line.to_owned(),
            code: done.status.code().unwrap_or(-1),
            out: text(&done.stdout),
            err: text(&done.stderr),
        };
        assert!(!told.err.contains("panicked"), "a panic is a bug: {told}");
        assert!(![-1, 4, 101].contains(&told.code), "a bug: {told}");
        told
    }

    /// The one JSON object on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// One JSON object a line on standard output.
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(parse).collect()
    }
}

/// A text with long lines broken at a blank, so that a transcript fits the page.
pub fn folded(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim_end().to_owned();
        while rest.chars().count() > PAGE_COLUMNS {
            let end = rest.char_indices().nth(PAGE_COLUMNS).map_or(rest.len(), |(at, _)| at);
            let indent = rest.len() - rest.trim_start().len();
            let blank = rest[..end].rfind(' ').filter(|at| *at > indent);
            let at = blank.unwrap_or(end);
            lines.push(format!("{} \\", rest[..at].trim_end()));
            rest = format!("      {}", rest[at..].trim_start());
        }
        lines.push(rest);
    }
    lines.join("\n")
}

/// As a terminal shows it: talk marked with `!`, durations left out.
impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}", folded(&format!("$ counterfoil {}", self.words)))?;
        for line in self.out.lines() {
            writeln!(f, "{}", folded(line))?;
        }
        for line in self.err.lines() {
            let is_timing = line.starts_with("played in ");
            let line = if is_timing { "played in [time] s" } else { line };
            writeln!(f, "{}", folded(&format!("! {line}")))?;
        }
        writeln!(f, "= {}", self.code)
    }
}

/// The folder `crates/node/tests`.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every evil file, in order.
pub fn evil_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("data/corpus/x12/evil")).expect("the evil files");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "x12"));
    files.sort();
    assert!(files.len() > 100, "the evil files are there");
    files
}

/// Splits a line as a shell does, as far as these stories need it.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
