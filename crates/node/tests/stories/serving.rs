//! A process that serves a data folder, and how a story waits for it.

use crate::place::Place;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for anything; a wait that ends here is a failure.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A process that serves a data folder; it is killed when it is dropped.
pub struct Serving {
    process: Child,
    pub pages: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    pub fn begin(place: &Place, data: &str) -> Serving {
        let config = place.read(&format!("{data}/node.toml"));
        let pages = config.lines().skip_while(|line| *line != "[pages]");
        let pages = pages.filter_map(|line| line.strip_prefix("listen = ")).next();
        let pages = pages.expect("pages.listen").trim_matches('"').to_owned();
        let mut command = place.command(&format!("serve --data {data}"));
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(place.path(&format!("{data}.log")))
            .expect("a log");
        let process = command.stderr(log).spawn().expect("the binary runs");
        let mut serving = Serving { process, pages };
        until("it serves", || {
            let ended = serving.process.try_wait().expect("a process to ask");
            assert!(ended.is_none(), "it ended: {}", place.read(&format!("{data}.log")));
            serving.get("/health").contains("\"checks\"")
        });
        serving
    }

    /// The answer as text; empty when nobody answers.
    pub fn get(&self, path: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(&self.pages) else { return String::new() };
        let ask =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.pages);
        let mut told = String::new();
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let asked =
            stream.write_all(ask.as_bytes()).and_then(|()| stream.read_to_string(&mut told));
        if asked.is_ok() { told } else { String::new() }
    }

    pub fn metric(&self, name: &str) -> Option<u64> {
        let told = self.get("/metrics");
        let line = told.lines().find(|line| {
            let rest = line.strip_prefix("counterfoil_").and_then(|rest| rest.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        line?.rsplit(' ').next()?.parse().ok()
    }

    pub fn is_in_step(&self) -> bool {
        self.metric("partner_in_step") == Some(1)
    }

    /// Ends as `kill -9` does.
    pub fn kill(mut self) {
        self.process.kill().expect("a process to kill");
        self.process.wait().expect("it has ended");
    }

    /// Stops in order, as a supervisor does.
    pub fn stop(mut self) {
        let id = self.process.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill").success());
        let status = self.process.wait().expect("it has ended");
        assert_eq!(status.code(), Some(0), "a stop in order");
    }
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < WAIT_MAX, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An address of this program alone: below the ports that a system hands out for connections, or
/// one of the many that the stories open would take it before the node does.
fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 100) as u16 * 100;
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return format!("127.0.0.1:{port}");
        }
    }
}

pub fn make(place: &Place, data: &str, role: &str) {
    make_at(place, (data, role), None);
}

/// Makes a node, on a server when the address of one is given: in a schema named as its folder.
pub fn make_at(place: &Place, (data, role): (&str, &str), server: Option<&str>) {
    let (pages, wire) = (free_address(), free_address());
    let server = server.map(|url| format!(" --database \"{url}\" --schema {data}"));
    let server = server.unwrap_or_default();
    let made = place.run(&format!(
        "node init --data {data} --role {role} --name \"The {data}\" --pages {pages} \
         --wire {wire}{server}"
    ));
    assert_eq!(made.code, 0, "{made}");
}

/// Changes settings of a node: each line behind its section takes the place of the default.
pub fn set(place: &Place, data: &str, settings: &[(&str, &str)]) {
    let mut text = place.read(&format!("{data}/node.toml"));
    for (key, value) in settings {
        let line = text.lines().find(|line| line.starts_with(&format!("# {key} = ")));
        let line = line.unwrap_or_else(|| panic!("a setting {key}")).to_owned();
        text = text.replacen(&line, &format!("{key} = {value}"), 1);
    }
    place.write(&format!("{data}/node.toml"), text);
}

/// Settings with which a node works at once, on the day that the file says.
pub const AT_ONCE: [(&str, &str); 5] = [
    ("look_ms", "10"),
    ("inbox_settle_ms", "50"),
    ("day", "\"file\""),
    ("when", "\"arrival\""),
    ("retry_ms_first", "50"),
];
