//! Empty databases for the stories: in memory, or schemas of a PostgreSQL server in the target
//! that is called after it.

use counterfoil_samples::Database;
use counterfoil_store::{Place, Server, Store};
use std::path::Path;

/// A database that does not wait for the disk.
pub fn database() -> Store {
    match is_on_postgres() {
        true => Store::open_at(&place(Path::new(""))).expect("a schema opens"),
        false => Store::open_in_memory().expect("a database opens"),
    }
}

/// Where a database that others can open is; `file` when it is SQLite's.
pub fn place(file: &Path) -> Place {
    if !is_on_postgres() {
        return Place::File(file.to_owned());
    }
    let Database::Postgres { url, schema } = Database::postgres() else {
        unreachable!("a server was asked for");
    };
    let server = Server::new(&url, false).and_then(|server| server.in_schema(&schema));
    Place::Server(server.expect("the address of the test's server is read"))
}

fn is_on_postgres() -> bool {
    env!("CARGO_CRATE_NAME").ends_with("_on_postgres")
}
