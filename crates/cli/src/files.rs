//! Reading what a command names: files, folders, tables, rules, rates.

use crate::error::CommandError;
use crate::not_run::RulesFound;
use counterfoil_base::Finding;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, EditScope, RulePack, Tables};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A whole file; `-` reads standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|cause| CommandError::file("read", path, &cause))?;
        return Ok(bytes);
    }
    expect_file(path)?;
    fs::read(path).map_err(|cause| CommandError::file("read", path, &cause))
}

/// Refuses what cannot be read as a file, before anything is opened that would be left behind.
pub(crate) fn expect_file(path: &Path) -> Result<(), CommandError> {
    if path.is_dir() {
        let message = format!("{} is a folder", path.display());
        let hint = "name a file; of folders `x12 survey` takes those with X12 files";
        return Err(CommandError::usage(message, hint));
    }
    fs::File::open(path).map(drop).map_err(|cause| CommandError::file("read", path, &cause))
}

/// Refuses a file in the place of a folder, and a folder that is not there.
pub(crate) fn expect_folder(path: &Path) -> Result<(), CommandError> {
    if path.is_file() {
        let message = format!("{} is a file; a folder is wanted here", path.display());
        return Err(CommandError::usage(message, "name the folder; nothing was changed"));
    }
    fs::read_dir(path).map(drop).map_err(|cause| CommandError::file("read", path, &cause))
}

/// How files begin that are no text that X12 is read from, and what to do with them.
const NOT_TEXT: [(&[u8], &str, &str); 5] = [
    (b"%PDF", "a PDF document", "name the X12 file that it was made from"),
    (b"\x1f\x8b", "packed with gzip", "unpack it (gunzip) and name the file in it"),
    (b"PK\x03\x04", "a ZIP archive or office document", "unpack it and name the file in it"),
    (b"\xff\xfe", "text in UTF-16", "save it as plain text (ASCII or UTF-8)"),
    (b"\xfe\xff", "text in UTF-16", "save it as plain text (ASCII or UTF-8)"),
];

/// What a file is that cannot be X12, by its first bytes: in words, and what to do with it.
pub(crate) fn other_kind(beginning: &[u8]) -> Option<(&'static str, &'static str)> {
    if beginning.is_empty() {
        return Some(("empty", "name a file that holds X12 interchanges"));
    }
    let known = NOT_TEXT.iter().find(|(mark, ..)| beginning.starts_with(mark));
    known.map(|(_, what, hint)| (*what, *hint))
}

/// Refuses what can be no X12 file before anything is written about it.
pub(crate) fn expect_x12(path: &Path) -> Result<(), CommandError> {
    expect_file(path)?;
    let failed = |cause: std::io::Error| CommandError::file("read", path, &cause);
    let mut beginning = Vec::with_capacity(4);
    fs::File::open(path).map_err(failed)?.take(4).read_to_end(&mut beginning).map_err(failed)?;
    match other_kind(&beginning) {
        Some((what, hint)) => {
            let message =
                format!("{} is {what}, not an X12 file; nothing was done", path.display());
            Err(CommandError::operator(message, hint))
        }
        None => Ok(()),
    }
}

/// A whole text file.
pub(crate) fn read_text(path: &Path) -> Result<String, CommandError> {
    let bytes = read(path)?;
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("{} is not UTF-8 text", path.display());
        CommandError::operator(message, "save the file as UTF-8 text and run the command again")
    })
}

/// Writes a whole file, making its folder; the old content stands until the new one is whole.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    write_from(path, &mut &*bytes)
}

/// Writes a whole file from a reader, as [`write`] does.
pub(crate) fn write_from(path: &Path, content: &mut dyn Read) -> Result<(), CommandError> {
    let mut file = PartialFile::create(path)?;
    std::io::copy(content, &mut file.file).map_err(|cause| file.failed(&cause))?;
    file.finish()
}

/// A file that is written piece by piece beside its place and put there when it is whole; when
/// it does not come to that, it goes, and the old content stands.
pub(crate) struct PartialFile {
    path: PathBuf,
    partial: PathBuf,
    file: fs::File,
    is_whole: bool,
}

impl PartialFile {
    pub(crate) fn create(path: &Path) -> Result<PartialFile, CommandError> {
        let failed = |cause: std::io::Error| CommandError::file("write", path, &cause);
        if path.is_dir() {
            let message = format!("cannot write {}: it is a folder", path.display());
            return Err(CommandError::usage(message, "name a file; nothing was changed"));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".part");
        let partial = PathBuf::from(partial);
        let file = fs::File::create(&partial).map_err(failed)?;
        Ok(PartialFile { path: path.to_path_buf(), partial, file, is_whole: false })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), CommandError> {
        self.file.write_all(bytes).map_err(|cause| self.failed(&cause))
    }

    /// What the database calls written must survive a power cut as the database does.
    pub(crate) fn finish(mut self) -> Result<(), CommandError> {
        self.file.sync_all().map_err(|cause| self.failed(&cause))?;
        fs::rename(&self.partial, &self.path).map_err(|cause| self.failed(&cause))?;
        self.is_whole = true;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(|cause| self.failed(&cause))
    }

    fn failed(&self, cause: &std::io::Error) -> CommandError {
        CommandError::file("write", &self.path, cause)
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.is_whole {
            // What is left behind for want of permission is overwritten by the next run.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Every file under a folder, in the order of their paths.
pub(crate) fn walk(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    expect_folder(folder)?;
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let failed = |cause: std::io::Error| CommandError::file("read", &next, &cause);
        for entry in fs::read_dir(&next).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text files of one folder as (name, content), for rates.
pub(crate) fn texts(
    folder: &Path,
    endings: &[&str],
) -> Result<Vec<(String, String)>, CommandError> {
    expect_folder(folder)?;
    let failed = |cause: std::io::Error| CommandError::file("read", folder, &cause);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = file_name(&path);
        if path.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            files.push((name, read_text(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// Names of the files of one folder, sorted; hidden ones are nobody's business.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("read", folder, &cause);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        names.extend(path.is_file().then(|| file_name(&path)));
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

/// The last part of a path as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Code tables: the built-in ones and those of a folder, with what was found while loading.
pub(crate) fn tables(folder: Option<&Path>) -> Result<(Tables, Vec<Finding>), CommandError> {
    let mut tables = Tables::builtin();
    let mut findings = Vec::new();
    if let Some(folder) = folder {
        add_tables(&mut tables, &walk(folder)?, &mut findings)?;
    }
    Ok((tables, findings))
}

/// Adds every table among the files; returns how many a check asks, and the names of the others.
fn add_tables(
    tables: &mut Tables,
    paths: &[PathBuf],
    findings: &mut Vec<Finding>,
) -> Result<(usize, Vec<String>), CommandError> {
    let (mut read_tables, mut unread) = (0, Vec::new());
    for path in paths {
        let name = file_name(path);
        let is_table = name.ends_with(".csv") || name.ends_with(".csv.gz");
        let mut rows = 0;
        if is_table {
            match tables.add_file(&name, &read(path)?) {
                Ok(report) => rows = report.rows,
                Err(finding) => findings.push(finding),
            }
        }
        if rows > 0 {
            read_tables += 1;
        } else if !matches!(name.as_str(), "pack.toml" | "manifest.toml") {
            unread.push(name);
        }
    }
    Ok((read_tables, unread))
}

/// A clean-claim engine, what was found while loading it, and what its rules folder held.
pub(crate) struct LoadedEngine {
    pub(crate) engine: CleanClaimEngine,
    pub(crate) findings: Vec<Finding>,
    pub(crate) rules: RulesFound,
}

/// The clean-claim engine with built-in tables, those of `--tables`, and the rule packs and
/// tables of `--rules`.
pub(crate) fn engine(
    tables_folder: Option<&Path>,
    rules_folder: Option<&Path>,
    scope: EditScope,
) -> Result<LoadedEngine, CommandError> {
    let (mut tables, mut findings) = tables(tables_folder)?;
    let (mut packs, mut rules) = (Vec::new(), RulesFound::default());
    if let Some(folder) = rules_folder {
        let paths = walk(folder)?;
        rules.folder = Some(folder.display().to_string());
        (rules.tables, rules.unread) = add_tables(&mut tables, &paths, &mut findings)?;
        for path in paths.iter().filter(|path| is_pack(path)) {
            packs.push(pack(path)?);
        }
        rules.packs = packs.len();
    }
    // Timely filing is judged by plan and contract, which adjudication knows.
    let config = CleanClaimConfig { scope, filing_limit_days: None, ..CleanClaimConfig::default() };
    Ok(LoadedEngine { engine: CleanClaimEngine::new(tables, packs, config), findings, rules })
}

fn is_pack(path: &Path) -> bool {
    file_name(path) == "pack.toml"
}

/// The bytes of every rule pack under a folder, each of which can be used.
pub(crate) fn packs(folder: &Path) -> Result<Vec<Vec<u8>>, CommandError> {
    let paths = walk(folder)?;
    let packs = paths.iter().filter(|path| is_pack(path));
    packs.map(|path| pack(path).and_then(|_| read(path))).collect()
}

/// A pack that cannot be used stops the command: without it the payer's rules are not run.
fn pack(path: &Path) -> Result<RulePack, CommandError> {
    let bytes = read(path)?;
    let manifest = path.with_file_name("manifest.toml");
    let loaded = if manifest.is_file() {
        RulePack::load(&bytes, &read_text(&manifest)?)
    } else {
        RulePack::parse(&read_text(path)?)
    };
    loaded.map_err(|findings| {
        let said: Vec<String> = findings.iter().map(|one| one.message.clone()).collect();
        let message =
            format!("the rule pack {} cannot be used: {}", path.display(), said.join(" "));
        let fix = findings.first().map_or(String::new(), |one| one.fix.clone());
        CommandError::operator(message, fix)
    })
}
