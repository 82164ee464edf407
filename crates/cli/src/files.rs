//! Reading what a command names: files, folders, tables, rules, rates.

use crate::error::CommandError;
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
        return Err(CommandError::usage(message, "name a file; `x12 survey` takes folders"));
    }
    fs::File::open(path).map(drop).map_err(|cause| CommandError::file("read", path, &cause))
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
    let failed = |cause: std::io::Error| CommandError::file("write", path, &cause);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let mut file = fs::File::create(&partial).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    // What the database calls written must survive a power cut as the database does.
    file.sync_all().map_err(failed)?;
    fs::rename(&partial, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|f| f.sync_all()).map_err(failed)
}

/// Every file under a folder, in the order of their paths.
pub(crate) fn walk(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
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

fn add_tables(
    tables: &mut Tables,
    paths: &[PathBuf],
    findings: &mut Vec<Finding>,
) -> Result<(), CommandError> {
    for path in paths {
        let name = file_name(path);
        if name.ends_with(".csv") || name.ends_with(".csv.gz") {
            findings.extend(tables.add_file(&name, &read(path)?).err());
        }
    }
    Ok(())
}

/// The clean-claim engine with built-in tables, those of `--tables`, and the rule packs and
/// tables of `--rules`.
pub(crate) fn engine(
    tables_folder: Option<&Path>,
    rules_folder: Option<&Path>,
    scope: EditScope,
) -> Result<(CleanClaimEngine, Vec<Finding>), CommandError> {
    let (mut tables, mut findings) = tables(tables_folder)?;
    let mut packs = Vec::new();
    if let Some(folder) = rules_folder {
        let paths = walk(folder)?;
        add_tables(&mut tables, &paths, &mut findings)?;
        for path in paths.iter().filter(|path| file_name(path) == "pack.toml") {
            packs.push(pack(path)?);
        }
    }
    // Timely filing is judged by plan and contract, which adjudication knows.
    let config = CleanClaimConfig { scope, filing_limit_days: None, ..CleanClaimConfig::default() };
    Ok((CleanClaimEngine::new(tables, packs, config), findings))
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
