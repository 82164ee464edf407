//! The organization's signing key: one file in the data folder that only its owner may read.

use crate::Outcome;
use crate::console::Console;
use crate::error::CommandError;
use crate::files;
use counterfoil_twin::{PrivateKey, from_hex, to_hex};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Holds the 32 bytes of the private key as hexadecimal digits.
const KEY_FILE: &str = "twin.key";

/// The key of a data folder with which an organization signs, made when there is none.
///
/// # Errors
/// When it cannot be made or read.
pub fn load(data: &Path, console: &Console<'_>) -> Result<PrivateKey, CommandError> {
    let path = data.join(KEY_FILE);
    if !path.exists() {
        make(data, &path, console)?;
    }
    let text = files::read_text(&path)?;
    let seed = from_hex(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let Some(seed) = seed else {
        let message = format!("{} holds no key", path.display());
        return Err(CommandError::operator(message, "restore it from a backup"));
    };
    Ok(PrivateKey::from_seed(&seed))
}

fn make(data: &Path, path: &Path, console: &Console<'_>) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("write", path, &cause);
    std::fs::create_dir_all(data).map_err(failed)?;
    let mut options = OpenOptions::new();
    // Another process that makes one at the same time wins: its key is the one that is read.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    };
    let line = format!("{}\n", to_hex(&console.random()));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

pub(super) fn show(
    data: &Path,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let key = to_hex(&load(data, console)?.public_key());
    if json {
        console.print_json(&json!({ "public_key": key }));
    } else {
        console.print(&key);
    }
    Ok(Outcome::Done)
}
