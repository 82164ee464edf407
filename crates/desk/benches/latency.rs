//! How long a person waits: a claim's page at a steady rate of readers, and the edits of one claim
//! through the page, over a payer's database on the disk.
//!
//! `cargo bench -p counterfoil-desk --bench latency -- CLAIMS READS_A_SECOND SECONDS`
//! (100000 500 20). Requests are sent at their time whether or not earlier ones were answered, and
//! each is measured from that time, over HTTP on 127.0.0.1 in the same process.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark measures time and prints it"
)]

#[path = "../../operations/benches/common/mod.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod common;

use counterfoil_base::{Date, Phi};
use counterfoil_corpus::World;
use counterfoil_desk::{Engines, OfficeDesk, add_account, pages};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, PackSource, PayerDesk, PaymentFiles, adjudicate_file,
};
use counterfoil_store::{ListName, ListPage, Side, Store};
use counterfoil_web::{Role, Settings, Surroundings};
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

const PASSWORD: &str = "generated data 835";
/// Connections that requests are spread over.
const CONNECTIONS: usize = 64;
/// Claims that are looked at, spread over all.
const CLAIMS_LOOKED_AT: u64 = 2_000;

/// What a payer sends goes nowhere.
struct Nowhere;

impl PaymentFiles for Nowhere {
    fn write(&mut self, _: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let failed = |source| OperationsError::Io { doing: "reading".to_owned(), source };
        std::io::copy(content, &mut std::io::sink()).map(drop).map_err(failed)
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let number = |at: usize, usual: u64| numbers.get(at).copied().unwrap_or(usual);
    let (claims, rate, seconds) = (number(0, 100_000), number(1, 500), number(2, 20));
    let folder = tempfile::tempdir().expect("a folder");
    let world = common::world(u32::try_from(claims).expect("a number of claims"));
    let began = Instant::now();
    let one = fill(&world, folder.path());
    println!("{claims} claims taken in and decided in {:?}", began.elapsed());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (desk, address) = serve(&world, folder.path()).await;
        let paths = claim_paths(&desk, folder.path());
        let browser = Browser::sign_in(address).await;
        let wanted = rate.saturating_mul(seconds);
        let reads: Vec<String> = (0..wanted)
            .map(|at| {
                let at = at.wrapping_mul(7_919) % paths.len() as u64;
                browser.get(&paths[usize::try_from(at).expect("an index")])
            })
            .collect();
        report("claim's page", rate, &steadily(address, reads, rate).await);
        let check = browser.post("/check", &[("text", &one)]);
        let checks = vec![check; usize::try_from(20 * seconds).expect("a number")];
        report("edits of one claim", 20, &steadily(address, checks, 20).await);
    });
}

/// A payer's database after one file; gives the first claim as a file of its own.
fn fill(world: &World, folder: &Path) -> String {
    let path = folder.join("claims.837");
    common::write_claims(world, &path);
    let (rates, members, settings, engine) = common::payer(world);
    let mut store = Store::open(&folder.join("counterfoil.sqlite")).expect("a database opens");
    store.belongs_to(Side::Payer).expect("it is nobody's yet");
    let desk = PayerDesk {
        rates: &rates,
        members: &members,
        engine: &engine,
        packs: PackSource::Desk,
        received_on: sent_on(),
    };
    let request = FileRequest {
        desk,
        settings: &settings,
        name: "claims.837",
        scan: scan_file(&mut File::open(&path).expect("a file")).expect("it can be read"),
        rules_digest: "generated",
    };
    let file = File::open(&path).expect("a file");
    adjudicate_file(&mut store, request, file, &mut Nowhere, &mut |_| {}).expect("claims");
    let one = common::world(1);
    let small = folder.join("one.837");
    common::write_claims(&one, &small);
    std::fs::read_to_string(small).expect("generated files are text")
}

fn sent_on() -> Date {
    counterfoil_base::add_days(common::world_month(), 31).expect("within the calendar")
}

async fn serve(world: &World, folder: &Path) -> (Arc<OfficeDesk>, SocketAddr) {
    let (rates, members, _, engine) = common::payer(world);
    let mut store = Store::open(&folder.join("counterfoil.sqlite")).expect("a database opens");
    let password = Phi::new(PASSWORD.to_owned());
    add_account(&mut store, "po", &[Role::PayerOperations], &password, [7; 32]).expect("a name");
    drop(store);
    let engines = Engines {
        rates,
        members,
        engine,
        settings: None,
        rules: "built in".to_owned(),
        not_run: vec![],
    };
    let desk = OfficeDesk::open(folder, Side::Payer, "Generated", Some(engines), [5; 32]);
    let desk = Arc::new(desk.expect("the desk opens").with_generated_data());
    let surroundings = Surroundings {
        now: Arc::new(jiff::Timestamp::now),
        random: Arc::new(|bytes| {
            let source = File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
            source.expect("the system gives random bytes");
        }),
        newest_event: desk.newest_event(),
    };
    let uploads = folder.join("uploads");
    std::fs::create_dir(&uploads).expect("a folder");
    let router = pages(&desk, surroundings, Settings::new(uploads));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it stays open") });
    (desk, address)
}

/// Addresses of claims from all over the database.
fn claim_paths(desk: &OfficeDesk, folder: &Path) -> Vec<String> {
    let mut store = Store::open(&folder.join("counterfoil.sqlite")).expect("a database opens");
    let keys: Result<Vec<Vec<String>>, counterfoil_store::StoreError> =
        store.read("claims", |tx| {
            let all = tx.list_totals(ListName::PayerClaims, &ListPage::default())?.count;
            let step = (all / CLAIMS_LOOKED_AT).max(1);
            let mut keys = Vec::new();
            for at in (0..all).step_by(usize::try_from(step.max(1)).unwrap_or(1)) {
                let page = ListPage { offset: at, limit: 1, ..ListPage::default() };
                keys.extend(tx.list_keys(ListName::PayerClaims, &page)?);
            }
            Ok(keys)
        });
    let keys = keys.expect("claims are read");
    keys.iter().map(|keys| format!("/claims/{}", desk.claim_id(keys))).collect()
}

/// Somebody who is signed in.
struct Browser {
    address: SocketAddr,
    cookie: String,
    token: String,
}

impl Browser {
    async fn sign_in(address: SocketAddr) -> Browser {
        let mut browser = Browser { address, cookie: String::new(), token: String::new() };
        let fields = [("name", "po"), ("password", PASSWORD), ("next", "/keys")];
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let reply = ask(&mut stream, &browser.post("/sign-in", &fields)).await;
        let cookie = reply.split("set-cookie: ").nth(1).expect("a cookie");
        browser.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let keys = ask(&mut stream, &browser.get("/keys")).await;
        let token = keys.split("data-token=\"").nth(1).expect("a token");
        browser.token = token.split('"').next().unwrap_or_default().to_owned();
        browser
    }

    fn head(&self, method: &str, path: &str) -> String {
        let Browser { address, cookie, .. } = self;
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n")
    }

    fn get(&self, path: &str) -> String {
        format!("{}\r\n", self.head("GET", path))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("token", &self.token).extend_pairs(fields);
        let body = body.finish();
        let kind = "content-type: application/x-www-form-urlencoded";
        let length = body.len();
        format!("{}{kind}\r\ncontent-length: {length}\r\n\r\n{body}", self.head("POST", path))
    }
}

/// Sends a request and reads its whole answer.
async fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("it takes requests");
    let mut reply = Vec::with_capacity(1 << 16);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut buffer).await.expect("it answers");
        assert!(read > 0, "the connection stays open");
        reply.extend_from_slice(&buffer[..read]);
        let Some(end) = reply.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&reply[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        if reply.len() >= end + 4 + length {
            return String::from_utf8_lossy(&reply).into_owned();
        }
    }
}

/// Sends each request at its time; gives how long each took, sorted.
async fn steadily(address: SocketAddr, requests: Vec<String>, rate: u64) -> Vec<Duration> {
    let (free, waiting) = mpsc::channel(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.expect("it listens");
        free.send(stream).await.expect("there is room");
    }
    let waiting = Arc::new(Mutex::new(waiting));
    let began = Instant::now() + Duration::from_millis(100);
    let mut running = Vec::new();
    for (at, request) in (0u32..).zip(requests) {
        let due = began + Duration::from_secs(1) * at / u32::try_from(rate).expect("a rate");
        tokio::time::sleep_until(due.into()).await;
        let (free, waiting) = (free.clone(), waiting.clone());
        running.push(tokio::spawn(async move {
            let stream = waiting.lock().await.recv().await;
            let mut stream = stream.expect("the channel stays open");
            let reply = ask(&mut stream, &request).await;
            let took = due.elapsed();
            let status = reply.split(' ').nth(1).unwrap_or_default().to_owned();
            assert_eq!(status, "200", "{}", reply.get(..400).unwrap_or(&reply));
            free.send(stream).await.expect("there is room");
            took
        }));
    }
    let mut took = Vec::new();
    for one in running {
        took.push(one.await.expect("every request is answered"));
    }
    took.sort_unstable();
    took
}

fn report(what: &str, rate: u64, took: &[Duration]) {
    let at = |percent: usize| took[(took.len() * percent).div_ceil(100).saturating_sub(1)];
    println!(
        "{what:<20} {} requests at {rate} a second: p50 {:?}, p95 {:?}, p99 {:?}, largest {:?}",
        took.len(),
        at(50),
        at(95),
        at(99),
        took[took.len() - 1]
    );
}
