//! `counterfoil backup` and `counterfoil restore`: a node as a folder of files with a manifest.

use crate::config::in_database;
use crate::data::{self, DataFolder, write_private};
use crate::outside::now_ms;
use counterfoil_cli::{BackupOptions, CommandError, Console, Outcome, RestoreOptions};
use counterfoil_desk::{RESTORED_FILE, Restored};
use counterfoil_store::{AuditRecord, DATABASE_FILE, Place, Store, StoreError};
use counterfoil_twin::to_hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// Names every file with its digest, and the digest of what the database holds.
const MANIFEST: &str = "backup.json";
/// In a folder into which a backup is being put: the digest of its rows.
const RESTORING: &str = "restoring";
/// What this program reads.
const FORM: &str = "counterfoil backup 1";

/// Copies a node to a folder while it may be running.
pub fn backup(options: &BackupOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = DataFolder::open(&options.data.data)?;
    folder.store()?;
    expect_empty(&options.to, "name a new folder for the backup")?;
    make(&options.to.join(data::DOCUMENTS))?;
    let copy = options.to.join(DATABASE_FILE);
    // The database comes first: documents and keys that it speaks of are older than the copy.
    write_private(&copy, b"")?;
    Store::copy_to_file(&folder.place, &copy)?;
    let mut files = vec![DATABASE_FILE.to_owned()];
    for name in [data::CONFIG_FILE, data::TLS_KEY_FILE, data::SIGNING_KEY_FILE] {
        if copy_file(&folder.path.join(name), &options.to.join(name))? {
            files.push(name.to_owned());
        }
    }
    let documents = folder.path.join(data::DOCUMENTS);
    for name in documents_in(&documents)? {
        if copy_file(&documents.join(&name), &options.to.join(data::DOCUMENTS).join(&name))? {
            files.push(format!("{}/{name}", data::DOCUMENTS));
        }
    }
    let mut digests = BTreeMap::new();
    for name in files {
        digests.insert(name.clone(), digest_of(&options.to.join(&name))?);
    }
    let state = to_hex(&Store::content_digest(&Place::File(copy))?);
    let made_ms = now_ms();
    let manifest = json!({
        "form": FORM,
        "made_ms": made_ms,
        "state_digest": state,
        "files": digests,
    });
    write_private(&options.to.join(MANIFEST), format!("{manifest:#}\n").as_bytes())?;
    note_backup(&folder.path, made_ms)?;
    tell("backed up", digests.len(), &state, options.json, console);
    Ok(Outcome::Done)
}

/// Puts a backup into an empty data folder, or goes on where such a restore broke off.
pub fn restore(
    options: &RestoreOptions,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let to = &options.data.data;
    let Some(from) = &options.from else { return met_everyone(options, console) };
    let (files, state) = read_manifest(from)?;
    let is_begun = is_begun(to, &state)?;
    if !is_begun {
        expect_empty(to, "a restored node needs a folder of its own; nothing was changed")?;
    }
    for (name, digest) in &files {
        let path = from.join(name);
        if digest_of(&path)? != *digest {
            let message = format!("{} is not the file that was backed up", path.display());
            return Err(CommandError::operator(message, "use another backup; nothing was changed"));
        }
    }
    let config = config_of(from, options)?;
    let place = Place::by(&config, to)?;
    if let Place::Server(_) = place {
        load_into_server((from, to), &place, (&state, is_begun))?;
    } else if !is_begun {
        begin(to, &state)?;
    }
    make(&to.join(data::DOCUMENTS))?;
    write_anew(&to.join(RESTORED_FILE), b"")?;
    for name in files.keys().filter(|name| *name != data::CONFIG_FILE) {
        if name != DATABASE_FILE || matches!(place, Place::File(_)) {
            remove(&to.join(name))?;
            copy_file(&from.join(name), &to.join(name))?;
        }
    }
    if let Place::File(kept) = &place {
        expect_state(kept, &state)?;
    }
    // The configuration comes last: without it the folder is no node yet.
    write_private(&to.join(data::CONFIG_FILE), config.as_bytes())?;
    remove(&to.join(RESTORING))?;
    tell("restored", files.len(), &state, options.json, console);
    console.say(
        "What was recorded after this backup is not here. When partners hold newer events of \
         this node they say so, and the node waits for a person: see `counterfoil doctor` and \
         /health after its start.",
    );
    Ok(Outcome::Done)
}

/// Whether a restore of the same backup into a folder was begun and broke off.
fn is_begun(to: &Path, state: &str) -> Result<bool, CommandError> {
    let path = to.join(RESTORING);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim() == state && !to.join(data::CONFIG_FILE).exists()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
        Err(cause) if cause.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(cause) => Err(CommandError::file("read", &path, &cause)),
    }
}

/// Marks a folder as one into which a backup is being put.
fn begin(to: &Path, state: &str) -> Result<(), CommandError> {
    make(to)?;
    write_private(&to.join(RESTORING), format!("{state}\n").as_bytes())?;
    let synced = std::fs::File::open(to).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| CommandError::file("write", to, &cause))
}

/// The rows of a server's database go to the server before anything else; what it refuses leaves
/// no folder. Rows that stand there are those of this restore only when it had begun to load them:
/// another node may hold the same.
fn load_into_server(
    (from, to): (&Path, &Path),
    place: &Place,
    (state, is_begun): (&str, bool),
) -> Result<(), CommandError> {
    let kept = from.join(DATABASE_FILE);
    expect_state(&kept, state)?;
    if is_begun && to_hex(&Store::content_digest(place)?) == state {
        return Ok(());
    }
    let was_there = to.exists();
    if !is_begun {
        if !Store::is_empty(place)? {
            let message = "the database holds rows already";
            let hint = "name a schema or database that holds nothing; nothing was changed";
            return Err(CommandError::operator(message, hint));
        }
        begin(to, state)?;
    }
    let loaded = Store::load_file(&kept, place);
    if loaded.is_err() && !is_begun && Store::is_empty(place).unwrap_or(false) {
        // Nothing was begun after all; when this fails, the next attempt goes on from the mark.
        let _ = std::fs::remove_file(to.join(RESTORING));
        if !was_there {
            let _ = std::fs::remove_dir(to);
        }
    }
    Ok(loaded?)
}

/// Removes a file that an attempt before has left; one that is not there is as wanted.
fn remove(path: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => {
            Err(CommandError::file("remove", path, &cause))
        }
        _ => Ok(()),
    }
}

fn write_anew(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    remove(path)?;
    write_private(path, bytes)
}

/// The configuration of the restored node: that of the backup, with another database when one is
/// named.
fn config_of(from: &Path, options: &RestoreOptions) -> Result<String, CommandError> {
    let path = from.join(data::CONFIG_FILE);
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|cause| CommandError::file("read", &path, &cause))?;
    Ok(match &options.database {
        Some(url) => in_database(&text, url, options.schema.as_deref().unwrap_or_default()),
        None => text,
    })
}

/// Refuses a file whose rows are not those of the backup.
fn expect_state(file: &Path, state: &str) -> Result<(), CommandError> {
    if to_hex(&Store::content_digest(&Place::File(file.to_path_buf()))?) == state {
        return Ok(());
    }
    let message = "the restored database does not hold what was backed up";
    Err(CommandError::operator(message, "use another backup and another folder"))
}

/// A named person takes the mark of a restored folder away; the audit record keeps who did.
fn met_everyone(
    options: &RestoreOptions,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let by = options.by.as_deref().unwrap_or_default().trim();
    if by.is_empty() || by.chars().any(char::is_control) {
        let message = "--by needs the name of the person who has looked";
        return Err(CommandError::usage(message, "nothing was changed"));
    }
    let folder = DataFolder::open(&options.data.data)?;
    if Restored::read(&folder.path).is_none() {
        let message = format!("{} does not wait for anyone", folder.path.display());
        return Err(CommandError::operator(message, "nothing was changed"));
    }
    let said = AuditRecord {
        event_id: 0,
        at: now_ms(),
        account: by.to_owned(),
        role: String::new(),
        action: "change".to_owned(),
        subject: RESTORED_FILE.to_owned(),
        purpose: "says that everyone was met since the restore".to_owned(),
        clause: String::new(),
        request: "counterfoil restore --met-everyone".to_owned(),
    };
    let kept: Result<i64, StoreError> =
        folder.store()?.transaction("a person has met everyone", |tx| tx.add_audit(&said));
    let event = kept?;
    let mark = folder.path.join(RESTORED_FILE);
    std::fs::remove_file(&mark).map_err(|cause| CommandError::file("remove", &mark, &cause))?;
    if options.json {
        console.print_json(&json!({ "done": "met everyone", "by": by, "audit_event": event }));
    } else {
        console.print(&format!(
            "work goes on in {}: {by} says that everyone was met (audit event {event})",
            folder.path.display()
        ));
    }
    Ok(Outcome::Done)
}

fn tell(done: &str, files: usize, state: &str, json: bool, console: &mut Console<'_>) {
    if json {
        console.print_json(&json!({ "done": done, "files": files, "state_digest": state }));
    } else {
        console.print(&format!("{done}: {files} files, state digest {state}"));
    }
}

fn read_manifest(from: &Path) -> Result<(BTreeMap<String, String>, String), CommandError> {
    let path = from.join(MANIFEST);
    let text = std::fs::read_to_string(&path)
        .map_err(|cause| CommandError::file("read", &path, &cause))?;
    let damaged = || {
        let message = format!("{} is damaged or of another program", path.display());
        CommandError::operator(message, "use another backup; nothing was changed")
    };
    let manifest: Value = serde_json::from_str(&text).map_err(|_| damaged())?;
    let state = manifest["state_digest"].as_str().ok_or_else(damaged)?.to_owned();
    let listed = manifest["files"].as_object().ok_or_else(damaged)?;
    let mut files = BTreeMap::new();
    for (name, digest) in listed {
        let digest = digest.as_str().ok_or_else(damaged)?;
        if !is_name_of_backup(name) {
            return Err(damaged());
        }
        files.insert(name.clone(), digest.to_owned());
    }
    let needed = [DATABASE_FILE, data::CONFIG_FILE, data::TLS_KEY_FILE];
    if manifest["form"] != FORM || needed.iter().any(|name| !files.contains_key(*name)) {
        return Err(damaged());
    }
    Ok((files, state))
}

/// A manifest is input: it names files inside its folder and no others.
fn is_name_of_backup(name: &str) -> bool {
    let known = [DATABASE_FILE, data::CONFIG_FILE, data::TLS_KEY_FILE, data::SIGNING_KEY_FILE];
    let is_hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let document = name.strip_prefix(data::DOCUMENTS).and_then(|rest| rest.strip_prefix('/'));
    known.contains(&name) || document.is_some_and(is_hex)
}

fn expect_empty(folder: &Path, hint: &str) -> Result<(), CommandError> {
    match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(CommandError::file("read", folder, &cause)),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => {
                let message = format!("{} is not empty", folder.display());
                Err(CommandError::operator(message, hint))
            }
        },
    }
}

fn make(folder: &Path) -> Result<(), CommandError> {
    std::fs::create_dir_all(folder).map_err(|cause| CommandError::file("make", folder, &cause))
}

fn documents_in(folder: &Path) -> Result<Vec<String>, CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("read", folder, &cause);
    let entries = match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if is_name_of_backup(&format!("{}/{name}", data::DOCUMENTS)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Copies a file durably, readable by its owner alone; `false` when there is none.
fn copy_file(from: &Path, to: &Path) -> Result<bool, CommandError> {
    let mut source = match File::open(from) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(|cause| CommandError::file("read", from, &cause))?,
    };
    let failed = |cause: std::io::Error| CommandError::file("write", to, &cause);
    write_private(to, b"")?;
    let mut target = File::options().write(true).open(to).map_err(failed)?;
    std::io::copy(&mut source, &mut target).map_err(failed)?;
    target.sync_all().map_err(failed)?;
    Ok(true)
}

fn digest_of(path: &Path) -> Result<String, CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("read", path, &cause);
    let mut file = File::open(path).map_err(failed)?;
    let (mut digest, mut chunk) = (Sha256::new(), vec![0; 65_536]);
    loop {
        match file.read(&mut chunk).map_err(failed)? {
            0 => return Ok(to_hex(&<[u8; 32]>::from(digest.finalize()))),
            count => digest.update(chunk.get(..count).unwrap_or_default()),
        }
    }
}

fn note_backup(data: &Path, made_ms: i64) -> Result<(), CommandError> {
    let path = data.join(data::LAST_BACKUP_FILE);
    let failed = |cause: std::io::Error| CommandError::file("write", &path, &cause);
    let mut file = File::create(&path).map_err(failed)?;
    writeln!(file, "{made_ms}").map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::is_name_of_backup;

    #[test]
    fn a_manifest_names_nothing_outside_its_folder() {
        let document = format!("documents/{}", "a0".repeat(32));
        for (name, expected) in [
            ("node.toml", true),
            (document.as_str(), true),
            ("documents/../../x", false),
            ("/etc/passwd", false),
            ("../node.toml", false),
            ("documents/", false),
        ] {
            assert_eq!(is_name_of_backup(name), expected, "{name}");
        }
    }
}
