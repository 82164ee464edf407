//! Where the database of a data folder is: a SQLite file in it, or a PostgreSQL server.

use crate::error::StoreError;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_postgres::config::{Config, Host, SslMode};

/// The database file of a data folder.
pub const DATABASE_FILE: &str = "counterfoil.sqlite";
/// The configuration of a data folder; its table `[store]` is read here.
const CONFIG_FILE: &str = "node.toml";
/// What PostgreSQL keeps of a name.
const SCHEMA_NAME_MAX: usize = 63;
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// After so long without an acknowledgement a server of another machine is lost.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A SQLite database in a file.
    File(PathBuf),
    /// A PostgreSQL database.
    Server(Server),
}

/// How a PostgreSQL database is reached. Its address may hold a password and does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    config: Box<Config>,
    schema: Option<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.name())
    }
}

impl Server {
    /// Reads an address: `postgresql://user@host/database`, or words like
    /// `host=/run/postgresql dbname=counterfoil`. The connection is not encrypted: a host that is
    /// not this machine is refused unless `private_network` says that only trusted machines
    /// share the way to it.
    ///
    /// # Errors
    /// [`StoreError::Place`] when the address cannot be read, asks for what is not offered, or
    /// names a host that nobody has called private.
    pub fn new(url: &str, private_network: bool) -> Result<Server, StoreError> {
        let unreadable = "the address of the PostgreSQL database cannot be read";
        let refused = |what: &str, fix: &str| StoreError::Place {
            what: what.to_owned(),
            fix: fix.to_owned(),
        };
        let fix = "write it like postgresql:///counterfoil?host=/run/postgresql";
        let mut config: Config = url.parse().map_err(|_| refused(unreadable, fix))?;
        if config.get_hosts().is_empty() {
            return Err(refused("the address of the PostgreSQL database names no host", fix));
        }
        if config.get_ssl_mode() == SslMode::Require {
            let what = "the address asks for TLS, which this program does not speak to PostgreSQL";
            let fix = "use a socket of this machine, or a tunnel to the server that encrypts";
            return Err(refused(what, fix));
        }
        if !private_network
            && (config.get_hosts().iter().any(is_elsewhere) || names_address(&config))
        {
            let what =
                "the PostgreSQL server is another machine, and nothing encrypts the way to it";
            let fix = "use a socket of this machine or a tunnel that encrypts, or set \
                       store.private_network = \"yes\" when only trusted machines share the \
                       network";
            return Err(refused(what, fix));
        }
        config.ssl_mode(SslMode::Disable);
        if config.get_application_name().is_none() {
            config.application_name("counterfoil");
        }
        config.connect_timeout(CONNECT_WAIT);
        config.tcp_user_timeout(SILENCE_MAX);
        Ok(Server { config: Box::new(config), schema: None })
    }

    /// Works in a schema of this name, which is made when it does not exist, so that several
    /// organizations can share a database.
    ///
    /// # Errors
    /// [`StoreError::Place`] for a name that is not of small letters, digits and underscores.
    pub fn in_schema(mut self, name: &str) -> Result<Server, StoreError> {
        let known = |letter: u8| letter.is_ascii_lowercase() || letter == b'_';
        let is_name = name.len() <= SCHEMA_NAME_MAX
            && name.bytes().next().is_some_and(known)
            && name.bytes().all(|letter| known(letter) || letter.is_ascii_digit());
        if !is_name {
            return Err(StoreError::Place {
                what: "the name of the PostgreSQL schema cannot be used".to_owned(),
                fix: "use a small letter, then small letters, digits and underscores, at most 63"
                    .to_owned(),
            });
        }
        self.schema = Some(name.to_owned());
        Ok(self)
    }

    /// The schema to work in, when it is not the user's own.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The database's name and its host, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => String::new(),
        };
        format!("{} at {host}", self.config.get_dbname().unwrap_or("the user's database"))
    }
}

fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address: Option<IpAddr> = name.parse().ok();
            name != "localhost" && !address.is_some_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

/// An address beside the name of a host is where the connection really goes.
fn names_address(config: &Config) -> bool {
    config.get_hostaddrs().iter().any(|address| !address.is_loopback())
}

impl Place {
    /// Where the database of a data folder is: what `[store]` of its `node.toml` says, else the
    /// file `counterfoil.sqlite` in it.
    ///
    /// # Errors
    /// [`StoreError::Place`] when the configuration cannot be read or its address is refused.
    pub fn of(data: &Path) -> Result<Place, StoreError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        match std::fs::read_to_string(data.join(CONFIG_FILE)) {
            Ok(text) => Place::by(&text, data),
            // Of a path that is no folder the opening of the database says what to do.
            Err(cause) if matches!(cause.kind(), NotFound | NotADirectory) => Place::by("", data),
            Err(cause) => Err(unreadable(&cause.to_string())),
        }
    }

    /// Where the database of a data folder is by the text of its `node.toml`.
    ///
    /// # Errors
    /// As of [`Place::of`].
    pub fn by(text: &str, data: &Path) -> Result<Place, StoreError> {
        let file = data.join(DATABASE_FILE);
        // Values of the configuration may be secrets, so that nothing of the text is quoted.
        let table: toml::Table =
            text.parse().map_err(|cause: toml::de::Error| unreadable(cause.message()))?;
        let setting = |name: &str| {
            let store = table.get("store").and_then(toml::Value::as_table);
            store.and_then(|store| store.get(name)).and_then(toml::Value::as_str)
        };
        match setting("url") {
            None | Some("") => Ok(Place::File(file)),
            Some(url) => {
                let private = setting("private_network") == Some("yes");
                let server = Server::new(url, private)?;
                Ok(Place::Server(match setting("schema") {
                    None | Some("") => server,
                    Some(name) => server.in_schema(name)?,
                }))
            }
        }
    }

    /// True when there is a database already; of a server, which keeps one once it was made,
    /// always.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            Place::File(file) => file.is_file(),
            Place::Server(_) => true,
        }
    }
}

fn unreadable(cause: &str) -> StoreError {
    StoreError::Place {
        what: format!("{CONFIG_FILE} cannot be read: {cause}"),
        fix: "mend the file; nothing was changed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_is_not_encrypted_leaves_the_machine_only_when_it_is_called_private() {
        for (url, private, accepted) in [
            ("postgresql:///books?host=/run/postgresql", false, true),
            ("postgresql://me:secret@localhost/books", false, true),
            ("host=127.0.0.1 dbname=books", false, true),
            ("postgresql://me@[::1]/books", false, true),
            ("postgresql://me@db.example/books", false, false),
            ("host=localhost hostaddr=192.0.2.1 dbname=books", false, false),
            ("postgresql://me@localhost,db.example/books", false, false),
            ("postgresql://me@db.example/books", true, true),
            ("postgresql://me@db.example/books?sslmode=require", true, false),
            ("dbname=books", true, false),
            ("books", true, false),
        ] {
            assert_eq!(Server::new(url, private).is_ok(), accepted, "{url}");
        }
    }

    #[test]
    fn a_schema_has_a_plain_name() {
        let long = "a".repeat(64);
        for (name, accepted) in [
            ("payer", true),
            ("_1", true),
            ("1a", false),
            ("", false),
            ("a\"b", false),
            (&long, false),
        ] {
            let server = Server::new("postgresql://me@localhost/books", false).unwrap();
            assert_eq!(server.in_schema(name).is_ok(), accepted, "{name}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let server = Server::new("postgresql://me:secret@localhost/books", false).unwrap();
        assert_eq!(format!("{server:?}"), "Server(books at localhost)");
        let refused = Server::new("postgresql://me:secret@db.example/books", false).unwrap_err();
        assert!(!format!("{refused:?}").contains("secret"));
    }

    #[test]
    fn a_folder_has_a_file_unless_its_configuration_names_a_server() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path(), folder.path().join(DATABASE_FILE));
        assert_eq!(Place::of(data).unwrap(), Place::File(file.clone()));
        for (text, is_file) in [
            ("[node]\nrole = \"payer\"\n", Some(true)),
            ("[store]\nurl = \"\"\n", Some(true)),
            ("[store]\nurl = \"postgresql:///books?host=/run/postgresql\"\n", Some(false)),
            ("[store]\nurl = \"postgresql://db.example/books\"\n", None),
            (
                "[store]\nurl = \"postgresql://db.example/books\"\nprivate_network = \"yes\"\n",
                Some(false),
            ),
            ("[store\n", None),
        ] {
            std::fs::write(data.join(CONFIG_FILE), text).unwrap();
            let place = Place::of(data).ok();
            assert_eq!(place.map(|place| place == Place::File(file.clone())), is_file, "{text}");
        }
    }
}
