//! Nodes with their databases on PostgreSQL: the server dies, is backed up and restored.

use crate::kills::{DAY, assert_whole, bring_visits};
use crate::nodes_at_work::working_pair_at;
use crate::place::Place;
use crate::serving::{AT_ONCE, Serving, make_at, set, until};
use counterfoil_samples::Database;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Where `initdb` and `pg_ctl` lie; `tests/on-postgres` says it.
const PROGRAMS: &str = "COUNTERFOIL_TEST_POSTGRES_PROGRAMS";
/// How often the server dies, and claims of the file that is brought each time.
const DEATHS: usize = 4;
const CLAIMS: usize = 5;
/// A file's way through both nodes takes about so long.
const WAY_MS: u64 = 800;

/// A server of a story's own, which it may kill.
struct OwnServer {
    folder: TempDir,
    programs: PathBuf,
}

impl OwnServer {
    fn begin() -> OwnServer {
        let programs = std::env::var(PROGRAMS).unwrap_or_else(|_| {
            panic!("{PROGRAMS} names the folder of initdb and pg_ctl; tests/on-postgres sets it")
        });
        let folder = TempDir::new().expect("a folder");
        let server = OwnServer { folder, programs: PathBuf::from(programs) };
        let here = server.folder.path().display().to_string();
        // The server refuses to run as root; a user without rights runs it then.
        if is_root() {
            let given = Command::new("chown").args(["postgres", &here]).status();
            assert!(given.expect("chown").success());
        }
        let data = server.data();
        let make = ["-D", &data, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"];
        server.run("initdb", &[&make[..], &["-U", "counterfoil"]].concat());
        server.start();
        server
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn url(&self) -> String {
        format!("host={} user=counterfoil dbname=postgres", self.folder.path().display())
    }

    fn run(&self, program: &str, words: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        command.current_dir("/").args(words).stdout(std::process::Stdio::null());
        assert!(command.status().expect("it runs").success(), "{words:?}");
    }

    fn start(&self) {
        let here = self.folder.path().display();
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{here}'");
        let log = format!("{here}/log");
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-l", &log, "-o", &options, "start"]);
    }

    /// Ends it as a loss of power does: nothing is finished, connections break.
    fn die(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.die();
        }
    }
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("id runs");
    told.stdout.trim_ascii() == b"0"
}

fn is_well(node: &Serving) -> bool {
    node.get("/health").starts_with("HTTP/1.1 200")
}

#[test]
#[ignore = "needs a server: tests/on-postgres"]
fn nodes_outlive_their_database_and_go_on_with_it() {
    let server = OwnServer::begin();
    let (place, plan, office) = working_pair_at(Some(&server.url()));
    for data in ["plan", "office"] {
        place.write(&format!("{data}/business-day"), DAY);
    }
    for death in 0..DEATHS {
        bring_visits(&place, death, CLAIMS);
        // Each death meets the work at another place.
        std::thread::sleep(Duration::from_millis(WAY_MS * death as u64 / DEATHS as u64));
        server.die();
        for node in [&plan, &office] {
            until("it says what is wrong", || {
                let told = node.get("/health");
                told.starts_with("HTTP/1.1 503") && told.contains("\"check\":\"database\",\"next\"")
            });
            assert_eq!(node.metric("database_ok"), Some(0));
            assert!(node.get("/sign-in").contains("Sign in"), "the pages stay up");
        }
        server.start();
        until("both are well again", || is_well(&plan) && is_well(&office));
    }
    assert_whole(&place, (plan, office), DEATHS * CLAIMS);
}

/// Runs a statement on the server.
fn psql(url: &str, sql: &str) {
    let told = Command::new("psql").args([url, "-qc", sql]).output().expect("psql runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

#[test]
#[ignore = "needs a server: COUNTERFOIL_TEST_POSTGRES"]
fn a_node_is_backed_up_and_put_back_on_a_server() {
    let Database::Postgres { url, schema } = Database::postgres() else {
        unreachable!("a server was asked for");
    };
    let place = Place::with_plan();
    let data = schema.as_str();
    make_at(&place, (data, "payer"), Some(&url));
    set(&place, data, &AT_ONCE);
    std::fs::rename(place.path("plan/rates"), place.path(&format!("{data}/rates"))).expect("rates");
    let members = place.path(&format!("{data}/members.csv"));
    std::fs::rename(place.path("plan/members.csv"), members).expect("members");
    place.write(&format!("{data}/business-day"), DAY);
    let node = Serving::begin(&place, data);
    let file = crate::claims::file_837p(1, &[crate::claims::VISIT]).replace("250105", "250614");
    crate::nodes_at_work::bring(&place, &format!("{data}/inbox"), "one.837", file);
    until("it is decided and paid", || {
        place.read(&format!("{data}.log")).contains("payments were")
    });
    // While the node runs.
    let made = place.run(&format!("backup --data {data} --to copy --json"));
    assert_eq!(made.code, 0, "{made}");
    node.stop();
    let (books, digest) = (place.books(data), made.json()["state_digest"].clone());
    // The schema holds rows: nothing is put on top of them.
    let refused = place.run("restore --from copy --data again");
    assert!(refused.code == 3 && refused.err.contains("holds rows already"), "{refused}");
    assert!(!place.path("again").exists(), "nothing was left behind: {refused}");
    psql(&url, &format!("ALTER SCHEMA {schema} RENAME TO {schema}_old"));
    let restored = place.run("restore --from copy --data again --json");
    assert_eq!(restored.json()["state_digest"], digest, "{restored}");
    assert_eq!(place.books("again"), books);
    // One that broke off when the rows were there and the folder was not whole goes on; without
    // the mark that it was this restore which loaded them, rows that are the same are refused.
    std::fs::remove_file(place.path("again/node.toml")).expect("the last file");
    std::fs::remove_file(place.path("again/twin.key")).expect("a file");
    let refused = place.run("restore --from copy --data again");
    assert!(refused.code == 3 && refused.err.contains("is not empty"), "{refused}");
    place.write("again/restoring", digest.as_str().expect("a digest"));
    let restored = place.run("restore --from copy --data again --json");
    assert_eq!(restored.json()["state_digest"], digest, "{restored}");
    assert!(!place.path("again/restoring").exists() && place.path("again/twin.key").exists());
    assert_eq!(place.books("again"), books);
    // Onto another server, or from a file to a server: the configuration names the new place.
    let moved =
        format!("restore --from copy --data moved --database \"{url}\" --schema {schema}_2");
    let moved = place.run(&format!("{moved} --json"));
    assert_eq!(moved.json()["state_digest"], digest, "{moved}");
    assert!(place.read("moved/node.toml").contains(&format!("schema = \"{schema}_2\"")));
    let again = place.run("backup --data moved --to second --json");
    assert_eq!(again.json()["state_digest"], digest, "the same rows");
    let node = Serving::begin(&place, "moved");
    until("it serves what was put back", || node.metric("database_ok") == Some(1));
    assert_eq!(place.books("moved"), books);
    node.stop();
}
