//! The data folder of a node: where its files lie, and how they are made and opened.

use crate::config::{Chosen, Config, write};
pub use counterfoil_cli::DOCUMENTS;
use counterfoil_cli::{CommandError, InitOptions, RoleWord};
use counterfoil_store::{Place, Side, Store};
use counterfoil_twin::to_hex;
use counterfoil_wire::{Identity, PartyName, Role};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Configuration.
pub const CONFIG_FILE: &str = "node.toml";
/// The organization's signing key, hexadecimal.
pub const SIGNING_KEY_FILE: &str = "twin.key";
/// The node's TLS key, PKCS#8 in hexadecimal.
pub const TLS_KEY_FILE: &str = "node.key";
/// When the last backup was made, in milliseconds since 1970.
pub const LAST_BACKUP_FILE: &str = "last-backup";
/// Uploads until the pages' desk takes them over.
pub const UPLOADS: &str = "uploads";
/// Files that people and other programs bring.
pub const INBOX: &str = "inbox";
/// Bank statements.
pub const BANK: &str = "bank";
pub use counterfoil_desk::OUT;
/// The day of work in a rehearsal.
pub const BUSINESS_DAY_FILE: &str = "business-day";
/// The day of the last payment run.
pub const LAST_PAYMENT_RUN_FILE: &str = "last-payment-run";
/// Held by the process that serves the folder.
const LOCK_FILE: &str = "node.lock";

/// A data folder with its configuration.
#[derive(Clone, Debug)]
pub struct DataFolder {
    /// Where it is.
    pub path: PathBuf,
    /// What node.toml says.
    pub config: Config,
    /// Where its database is.
    pub place: Place,
}

impl DataFolder {
    /// Reads the configuration of a folder that `counterfoil node init` has made.
    pub fn open(path: &Path) -> Result<DataFolder, CommandError> {
        let file = path.join(CONFIG_FILE);
        let text = std::fs::read_to_string(&file).map_err(|cause| {
            if cause.kind() == std::io::ErrorKind::NotFound {
                let message = format!("{} holds no {CONFIG_FILE}", path.display());
                return CommandError::operator(message, "`counterfoil node init` makes a node");
            }
            CommandError::file("read", &file, &cause)
        })?;
        let config = Config::parse(&text)
            .map_err(|error| CommandError::operator(&error.message, error.fix))?;
        let place = Place::by(&text, path)?;
        Ok(DataFolder { path: path.to_path_buf(), config, place })
    }

    /// Opens the database.
    pub fn store(&self) -> Result<Store, CommandError> {
        let mut store = Store::open_at(&self.place)?;
        store.belongs_to(side(self.config.role))?;
        Ok(store)
    }

    /// The node's TLS key.
    pub fn identity(&self) -> Result<Identity, CommandError> {
        let path = self.path.join(TLS_KEY_FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| CommandError::file("read", &path, &cause))?;
        let bytes = counterfoil_twin::from_hex(text.trim()).unwrap_or_default();
        Identity::from_private_key(&bytes).map_err(|cause| CommandError::operator(cause, ""))
    }

    /// The folder of documents, made when it is missing.
    pub fn documents(&self) -> Result<PathBuf, CommandError> {
        let path = self.path.join(DOCUMENTS);
        let made = std::fs::create_dir_all(path.join("partial"))
            .and_then(|()| std::fs::create_dir_all(self.path.join(UPLOADS)));
        made.map_err(|cause| CommandError::file("make", &path, &cause))?;
        Ok(path)
    }

    /// Claims the folder for one process that serves it; the system ends the claim with the
    /// process.
    pub fn lock(&self) -> Result<File, CommandError> {
        let path = self.path.join(LOCK_FILE);
        let opened = File::options().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(|cause| CommandError::file("open", &path, &cause))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let message = format!("a node is serving {} already", self.path.display());
                Err(CommandError::operator(message, "stop it first, or name another folder"))
            }
            Err(TryLockError::Error(cause)) => Err(CommandError::file("lock", &path, &cause)),
        }
    }
}

/// Whose books a database of a role holds.
pub fn side(role: Role) -> Side {
    match role {
        Role::Payer => Side::Payer,
        Role::Provider => Side::Provider,
    }
}

/// Makes a node: its folder, database, TLS key and configuration. The signing key is the
/// caller's. A folder that has a configuration is left as it is.
pub fn init(options: &InitOptions) -> Result<DataFolder, CommandError> {
    let path = &options.data.data;
    let name = options.name.clone();
    PartyName::parse(&name)
        .map_err(|cause| CommandError::usage(cause.to_string(), "nothing was made"))?;
    if path.join(CONFIG_FILE).exists() {
        let message = format!("{} holds a node already", path.display());
        return Err(CommandError::operator(message, "nothing was changed; name another folder"));
    }
    let role = match options.role {
        RoleWord::Payer => Role::Payer,
        RoleWord::Provider => Role::Provider,
    };
    let text = write(&Chosen {
        role: role.word().to_owned(),
        name,
        pages: options.pages.clone(),
        wire: options.wire.clone(),
        database: options.database.clone(),
        schema: options.schema.clone(),
    });
    let config = Config::parse(&text)
        .map_err(|error| CommandError::usage(error.message.clone(), error.fix))?;
    let place = Place::by(&text, path)?;
    let folder = DataFolder { path: path.clone(), config, place };
    std::fs::create_dir_all(path).map_err(|cause| CommandError::file("make", path, &cause))?;
    folder.store()?;
    folder.documents()?;
    if !path.join(TLS_KEY_FILE).exists() {
        let identity = Identity::generate().map_err(|cause| CommandError::operator(cause, ""))?;
        let line = format!("{}\n", to_hex(identity.private_key()));
        write_private(&path.join(TLS_KEY_FILE), line.as_bytes())?;
    }
    // The configuration comes last: with it the folder is whole.
    write_private(&path.join(CONFIG_FILE), text.as_bytes())?;
    Ok(folder)
}

/// Writes a new file that only its owner may read, durably.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("write", path, &cause);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
