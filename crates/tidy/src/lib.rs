//! The repository's own rules as tests: layers, lengths, words, money without floats.
//!
//! The rules are in `tests/`; this file finds and reads the files that they look at, and
//! [`finding_codes`] reads the codes of findings from the sources.

pub mod finding_codes;
mod statement;
pub mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository as text.
pub struct SourceFile {
    /// Path from the repository's root, with forward slashes.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// The lines before the file's unit tests, with their 1-based numbers.
    pub fn lines_before_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        let body = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        body.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// True for files that hold nothing but tests, examples or benchmarks.
    pub fn is_test(&self) -> bool {
        ["/tests/", "/examples/", "/benches/", "/tests.rs"].iter().any(|p| self.path.contains(p))
    }

    /// Folder name of the crate that the file belongs to, empty outside `crates/`.
    pub fn crate_name(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or("")
    }
}

/// The repository's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text file of the repository with one of these endings, in the order of their paths;
/// build output, downloads and the demo's files are left out.
pub fn files(endings: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root(), "", endings, &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn collect(folder: &Path, prefix: &str, endings: &[&str], found: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            let skipped = ["target", ".git", "demo", "node_modules"];
            if !skipped.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending))
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(SourceFile { path, text });
        }
    }
}

/// Fails with every complaint, one a line, when there is one.
///
/// # Panics
/// When there is a complaint.
pub fn expect_none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}\n", complaints.join("\n  "));
}
