//! The folder of a lake: which files lie where, and what has been imported.
//!
//! Rows count from the moment their import record is written; tables from the moment
//! `built.json` names them. Whatever a stopped run left behind is never read.

use crate::dictionary::Table;
use crate::error::LakeError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Form of the folder; a later one is refused.
const VERSION: u32 = 1;

/// What `lake.json` says.
#[derive(Serialize, Deserialize)]
struct Marker {
    lake: u32,
}

/// What one import did, as it is kept beside its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// First 16 digits of the SHA-256 of the file's bytes.
    pub import: String,
    /// The whole SHA-256 of the file's bytes.
    pub sha256: String,
    /// Name of the file, without its folder.
    pub file: String,
    /// Size of the file as it lay there.
    pub bytes: u64,
    /// The table that took its rows.
    pub table: String,
    /// Rows in the file, without its header.
    pub rows: u64,
    /// Rows in the table.
    pub loaded: u64,
    /// Rows kept aside: `rows` is `loaded` and `aside` together.
    pub aside: u64,
    /// How often each finding spoke.
    pub findings: BTreeMap<String, u64>,
    /// Columns of the file that the table does not have; their cells are in `source_extra`.
    pub unknown_columns: Vec<String>,
    /// Columns of the table that the file does not have.
    pub missing_columns: Vec<String>,
}

/// What `built.json` says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BuiltRecord {
    /// Folder of the tables in `built`.
    pub(crate) generation: String,
    /// Names the definitions by which they were computed.
    pub(crate) definitions: String,
    /// Rows of each table.
    pub(crate) rows: BTreeMap<String, u64>,
}

/// A folder with a lake in it.
#[derive(Clone, Debug)]
pub struct LakeFolder {
    root: PathBuf,
}

/// Held while a process writes into a lake; another one is told to wait.
pub(crate) struct Held(#[expect(dead_code, reason = "the lock lives as long as its file")] File);

impl LakeFolder {
    /// Opens a lake.
    ///
    /// # Errors
    /// The folder is not there, holds something else, or was written by a later version.
    pub fn open(root: &Path) -> Result<LakeFolder, LakeError> {
        let marker = root.join("lake.json");
        let text = match fs::read(&marker) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && root.is_dir() => {
                return Err(LakeError::NotALake(root.to_owned()));
            }
            Err(cause) => return Err(LakeError::file("read", root)(cause)),
        };
        match serde_json::from_slice::<Marker>(&text) {
            Ok(marker) if marker.lake > VERSION => Err(LakeError::LaterVersion(root.to_owned())),
            Ok(_) => Ok(LakeFolder { root: root.to_owned() }),
            Err(_) => Err(LakeError::NotALake(root.to_owned())),
        }
    }

    /// Opens a lake, or makes one where nothing is yet.
    ///
    /// # Errors
    /// The folder cannot be written, or holds something else than a lake.
    pub fn open_or_make(root: &Path) -> Result<LakeFolder, LakeError> {
        let failed = LakeError::file("write", root);
        if !root.exists() {
            make_private(root).map_err(failed)?;
        }
        let is_empty = fs::read_dir(root).map_err(failed)?.next().is_none();
        if is_empty {
            let text = serde_json::json!({ "lake": VERSION }).to_string();
            write_whole(&root.join("lake.json"), text.as_bytes())?;
        }
        LakeFolder::open(root)
    }

    /// Where it lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Holds the lake for writing.
    pub(crate) fn hold(&self) -> Result<Held, LakeError> {
        let path = self.root.join("lake.lock");
        let failed = LakeError::file("write", &path);
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Held(file)),
            Err(TryLockError::WouldBlock) => Err(LakeError::Busy(self.root.clone())),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// The rows that an import put into a table.
    pub(crate) fn rows_of(&self, table: &str, import: &str) -> PathBuf {
        self.root.join("input").join(table).join(format!("{import}.parquet"))
    }

    /// The rows that an import kept aside.
    #[must_use]
    pub fn aside_of(&self, import: &str) -> PathBuf {
        self.root.join("aside").join(format!("{import}.csv"))
    }

    fn record_of(&self, import: &str) -> PathBuf {
        self.root.join("imports").join(format!("{import}.json"))
    }

    /// What an import did, when there was one of these bytes.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn import(&self, import: &str) -> Result<Option<ImportRecord>, LakeError> {
        let path = self.record_of(import);
        if path.exists() { read_json(&path).map(Some) } else { Ok(None) }
    }

    /// What all imports did, by the names of their files.
    ///
    /// # Errors
    /// A record cannot be read.
    pub fn imports(&self) -> Result<Vec<ImportRecord>, LakeError> {
        let folder = self.root.join("imports");
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        for entry in entries {
            let path = entry.map_err(LakeError::file("read", &folder))?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                records.push(read_json::<ImportRecord>(&path)?);
            }
        }
        records.sort_by(|a, b| (&a.file, &a.import).cmp(&(&b.file, &b.import)));
        Ok(records)
    }

    /// From here on the rows of an import count.
    pub(crate) fn keep_import(&self, record: &ImportRecord) -> Result<(), LakeError> {
        let text = serde_json::to_vec_pretty(record).unwrap_or_default();
        write_whole(&self.record_of(&record.import), &text)
    }

    /// Takes the rows of an import out of the lake, with those kept aside. The file may be
    /// imported again.
    ///
    /// # Errors
    /// The lake cannot be written, or another process writes into it.
    pub fn forget(&self, record: &ImportRecord) -> Result<(), LakeError> {
        let _held = self.hold()?;
        // The record first: without it nothing else counts.
        let aside = self.aside_of(&record.import);
        let rows = self.rows_of(&record.table, &record.import);
        for path in [self.record_of(&record.import), rows, aside] {
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LakeError::file("write", &path)(cause));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Folder of one generation of computed tables.
    pub(crate) fn generation(&self, generation: &str) -> PathBuf {
        self.root.join("built").join(generation)
    }

    /// Which computed tables count.
    pub(crate) fn built(&self) -> Result<Option<BuiltRecord>, LakeError> {
        let path = self.root.join("built.json");
        if path.exists() { read_json(&path).map(Some) } else { Ok(None) }
    }

    /// From here on the tables of a generation count; those of others are removed.
    pub(crate) fn keep_built(&self, record: &BuiltRecord) -> Result<(), LakeError> {
        let text = serde_json::to_vec_pretty(record).unwrap_or_default();
        write_whole(&self.root.join("built.json"), &text)?;
        let folder = self.root.join("built");
        let failed = LakeError::file("write", &folder);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.file_name().is_none_or(|name| name != record.generation.as_str()) {
                fs::remove_dir_all(&path).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Files that hold the rows of an imported table.
    pub(crate) fn files_of_imports(&self, table: &Table, imports: &[ImportRecord]) -> Vec<PathBuf> {
        let mine = imports.iter().filter(|record| record.table == table.name && record.loaded > 0);
        mine.map(|record| self.rows_of(table.name, &record.import)).collect()
    }

    /// The file that holds a computed table.
    pub(crate) fn files_of_built(&self, table: &Table, built: &BuiltRecord) -> Vec<PathBuf> {
        let path = self.built_file(&built.generation, table);
        if path.exists() { vec![path] } else { Vec::new() }
    }

    /// Where a generation has a computed table.
    pub(crate) fn built_file(&self, generation: &str, table: &Table) -> PathBuf {
        self.generation(generation).join(format!("{}.parquet", table.name))
    }
}

/// Makes a folder that only its owner can look into: its files name people.
fn make_private(root: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, LakeError> {
    let failed = LakeError::file("read", path);
    let text = fs::read(path).map_err(failed)?;
    serde_json::from_slice(&text).map_err(|cause| failed(cause.into()))
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let failed = LakeError::file("write", path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let part = part_of(path);
    fs::write(&part, bytes).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

/// The unfinished file lies beside its place, so that it can be moved there in one step.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
