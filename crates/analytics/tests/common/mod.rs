//! Small lakes for tests: tables as comma-separated text in, answers as lines out.
#![allow(dead_code, reason = "each test target uses a part of it")]

use counterfoil_analytics::{
    Engine, ImportOptions, ImportReport, LakeFolder, build, import_file, write_csv,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A lake in a folder of its own.
pub struct World {
    folder: TempDir,
    pub lake: LakeFolder,
}

impl World {
    pub fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = LakeFolder::open_or_make(&folder.path().join("lake")).expect("a lake");
        World { folder, lake }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file beside the lake.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// Writes a file and imports it.
    pub fn import(&self, name: &str, bytes: impl AsRef<[u8]>) -> ImportReport {
        self.import_as(name, bytes, &ImportOptions::default())
    }

    pub fn import_as(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
        options: &ImportOptions,
    ) -> ImportReport {
        let path = self.file(name, bytes);
        import_file(&self.lake, &path, options, &mut |_| {}).expect("imported")
    }

    pub fn build(&self) {
        build(&self.lake, &mut |_, _, _| {}).expect("built");
    }

    /// The rows of an answer as comma-separated lines, without the header.
    pub fn ask(&self, sql: &str) -> Vec<String> {
        let engine = Engine::open(&self.lake).expect("opened");
        let mut text = Vec::new();
        write_csv(engine.ask(sql).expect("asked"), &mut text).expect("answered");
        let text = String::from_utf8(text).expect("text");
        text.lines().skip(1).map(str::to_owned).collect()
    }

    /// The only cell of an answer.
    pub fn cell(&self, sql: &str) -> String {
        self.ask(sql).concat()
    }
}

/// Words of a compact row; `-` stands for an empty cell.
pub fn words(row: &str) -> Vec<&str> {
    row.split_whitespace().map(|word| if word == "-" { "" } else { word }).collect()
}
