//! The processes of the demo: each serves a data folder, and tells how it stands over HTTP.

use crate::data::CONFIG_FILE;
use crate::outside::instant;
use counterfoil_cli::CommandError;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for a node to serve, and for a step of the month to come to its end.
const BEGIN_MAX: Duration = Duration::from_secs(30);
const QUIET_MAX: Duration = Duration::from_secs(600);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// Rounds without work after which nothing is on its way inside a node.
const ROUNDS: u64 = 2;
/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// The running nodes.
pub struct Nodes {
    all: Vec<Serving>,
    is_stopped: Arc<AtomicBool>,
}

/// A process that serves a data folder.
pub struct Serving {
    data: PathBuf,
    /// Where its pages are, `host:port`.
    pub pages: String,
    process: Child,
}

/// How all nodes stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Standing {
    /// Events by author that the author holds, and that partners hold.
    written: BTreeMap<String, u64>,
    copied: BTreeMap<String, u64>,
    waiting: u64,
    failing: u64,
}

impl Nodes {
    /// None yet; `is_stopped` says that a person wants to end.
    pub fn new(is_stopped: Arc<AtomicBool>) -> Nodes {
        Nodes { all: Vec::new(), is_stopped }
    }

    /// Whether a person wants to end.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Where the pages of each node are, in the order in which they began.
    pub fn pages(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.all.iter().map(|one| (one.data.as_path(), one.pages.as_str()))
    }

    /// Starts the node of a data folder and waits until it answers. One that an earlier demo
    /// has left may still be stopping, so that it is tried again.
    pub fn begin(&mut self, data: &Path) -> Result<(), CommandError> {
        let began = instant();
        loop {
            let mut serving = spawn(data)?;
            while began.elapsed() < BEGIN_MAX && !self.is_stopped() {
                if get(&serving.pages, "/health").is_some_and(|told| told.contains("\"checks\"")) {
                    self.all.push(serving);
                    return Ok(());
                }
                if serving.has_ended() {
                    break;
                }
                std::thread::sleep(LOOK);
            }
            serving.end();
            if began.elapsed() >= BEGIN_MAX || self.is_stopped() {
                let message = format!("the node of {} does not serve", data.display());
                let hint = format!("its log says why: {}", log_of(data).display());
                return Err(CommandError::operator(message, hint));
            }
        }
    }

    /// Waits until nothing is on its way: no file, document or event waits anywhere, each half is
    /// held by both, and every node has looked and found nothing to do since.
    pub fn settle(&self) -> Result<(), CommandError> {
        let began = instant();
        loop {
            if let Some((before, rounds)) = self.quiet()
                && self.wait_rounds(&rounds, began)?
                && self.quiet().is_some_and(|(after, _)| after == before)
            {
                return Ok(());
            }
            self.expect_time(began)?;
            std::thread::sleep(LOOK);
        }
    }

    fn expect_time(&self, began: Instant) -> Result<(), CommandError> {
        if self.is_stopped() {
            return Err(CommandError::operator("the demo was stopped", "the same command goes on"));
        }
        if began.elapsed() < QUIET_MAX {
            return Ok(());
        }
        let told: Vec<String> =
            self.all.iter().filter_map(|one| get(&one.pages, "/health")).collect();
        let told = told.iter().filter_map(|one| one.lines().last()).collect::<Vec<_>>().join(" ");
        let message = format!("the nodes do not come to rest: {told}");
        Err(CommandError::operator(message, "the logs node.log in the data folders say more"))
    }

    /// The standing when nothing waits, with each node's rounds without work.
    fn quiet(&self) -> Option<(Standing, Vec<u64>)> {
        let mut standing = Standing::default();
        let mut rounds = Vec::new();
        for one in &self.all {
            let told = get(&one.pages, "/metrics")?;
            rounds.push(one.read(&told, &mut standing)?);
        }
        let is_quiet =
            standing.waiting == 0 && standing.failing == 0 && standing.written == standing.copied;
        is_quiet.then_some((standing, rounds))
    }

    fn wait_rounds(&self, before: &[u64], began: Instant) -> Result<bool, CommandError> {
        for (one, before) in self.all.iter().zip(before) {
            loop {
                let told = get(&one.pages, "/metrics").unwrap_or_default();
                let now = value(&told, "counterfoil_work_rounds_idle_total").unwrap_or(0);
                if now >= before.saturating_add(ROUNDS) {
                    break;
                }
                if value(&told, "counterfoil_work_failing").unwrap_or(0) > 0 {
                    return Ok(false);
                }
                self.expect_time(began)?;
                std::thread::sleep(LOOK);
            }
        }
        Ok(true)
    }

    /// Stops every node in order.
    pub fn end(&mut self) {
        for one in &mut self.all {
            one.ask_to_end();
        }
        for mut one in self.all.drain(..) {
            one.end();
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.end();
    }
}

impl Serving {
    /// Adds what the node tells; its rounds without work.
    fn read(&self, told: &str, standing: &mut Standing) -> Option<u64> {
        for name in ["files_waiting", "documents_waiting", "dues_waiting"] {
            standing.waiting += value(told, &format!("counterfoil_work_{name}"))?;
        }
        standing.failing += value(told, "counterfoil_work_failing")?;
        let role = value_of_config(&self.data, "role")?;
        for line in told.lines().filter(|line| line.starts_with("counterfoil_work_half_events{")) {
            let author = if line.contains("author=\"1\"") { "payer" } else { "provider" };
            let size: u64 = line.rsplit(' ').next()?.parse().ok()?;
            let side = if role == author { &mut standing.written } else { &mut standing.copied };
            *side.entry(author.to_owned()).or_default() += size;
        }
        value(told, "counterfoil_work_rounds_idle_total")
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// A node stops when its standard input ends.
    fn ask_to_end(&mut self) {
        drop(self.process.stdin.take());
    }

    fn end(&mut self) {
        self.ask_to_end();
        let began = instant();
        while !self.has_ended() && began.elapsed() < BEGIN_MAX {
            std::thread::sleep(LOOK);
        }
        // One that hangs is ended hard: it loses nothing that it has acknowledged.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(data: &Path) -> Result<Serving, CommandError> {
    let pages = value_of_config(data, "listen").ok_or_else(|| {
        let message = format!("{} does not say where its pages are", data.display());
        CommandError::operator(message, "`counterfoil demo --fresh` makes the demo anew")
    })?;
    let log = log_of(data);
    let file = std::fs::File::options().create(true).append(true).open(&log);
    let file = file.map_err(|cause| CommandError::file("write", &log, &cause))?;
    let mut command = own(&["serve", "--until-input-ends", "--data"])?;
    command.arg(data).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(file);
    let process = command.spawn();
    let process = process.map_err(|cause| CommandError::operator(cause, "end other programs"))?;
    Ok(Serving { data: data.to_path_buf(), pages, process })
}

/// A command of this very program.
pub fn own(words: &[&str]) -> Result<Command, CommandError> {
    let program = std::env::current_exe();
    let program = program.map_err(|cause| CommandError::operator(cause, "report this as a bug"))?;
    let mut command = Command::new(program);
    command.args(words);
    Ok(command)
}

fn log_of(data: &Path) -> PathBuf {
    data.join("node.log")
}

/// The first value of a key in node.toml; `listen` stands under pages first.
fn value_of_config(data: &Path, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(data.join(CONFIG_FILE)).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")))?;
    Some(line.trim_matches('"').to_owned())
}

/// The body and head of an answer; nothing when nobody answers.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).ok()?;
    let mut told = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut told).ok()?;
    Some(told)
}

fn value(told: &str, name: &str) -> Option<u64> {
    let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.trim().parse().ok()
}
