//! How long until a decision of the payer is seen at the provider: two nodes as processes with the
//! usual settings, a person's decision on the payer's page, and the provider's page of the claim.
//!
//! `cargo bench -p counterfoil-node --bench seen_by_partner -- DECISIONS [DATABASE]` (150). With
//! the address of a PostgreSQL database both nodes keep theirs there, in schemas plan and office.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time and runs processes")]
#![allow(clippy::disallowed_macros, reason = "a benchmark prints what it measures")]

#[path = "../tests/stories/claims.rs"]
#[allow(dead_code, reason = "stories use the rest")]
mod claims;
#[path = "../tests/stories/place.rs"]
#[allow(dead_code, reason = "stories use the rest")]
mod place;
#[path = "../tests/stories/serving.rs"]
#[allow(dead_code, reason = "stories use the rest")]
mod serving;

use claims::{Bill, URGENT, file_837p};
use counterfoil_base::{Date, add_days};
use counterfoil_desk::OfficeDesk;
use counterfoil_store::{ListName, ListPage, Side, Store};
use place::Place;
use serving::{Serving, make_at, set, until};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Days of service within the time for filing of the day of receipt, a claim each.
const DECISIONS_MAX: usize = 160;
const DAY: &str = "2025-06-15";
/// Between two looks at the provider's page.
const LOOK: Duration = Duration::from_millis(5);
const PASSWORD: &str = "generated-data-835";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let count = words.iter().find_map(|one| one.parse().ok()).unwrap_or(150).min(DECISIONS_MAX);
    let server = words.iter().find(|one| one.contains(['=', ':'])).map(String::as_str);
    let (place, plan, office) = pair(server);
    let bills: Vec<(String, String)> = (0..count).map(bill).collect();
    let bills: Vec<Bill<'_>> =
        bills.iter().map(|(number, day)| Bill { number, day, ..URGENT }).collect();
    let file = file_837p(1, &bills).replace("250105", "250614");
    fs::write(place.path("office/inbox/claims.837"), file).expect("a file of claims");
    let is_quiet = |node: &Serving| {
        let waits = ["work_files_waiting", "work_documents_waiting", "work_dues_waiting"];
        waits.iter().all(|name| node.metric(name) == Some(0)) && node.is_in_step()
    };
    let keys = |data, list| ids(&place, data, list);
    until("the payer has all claims", || keys("plan", ListName::PayerClaims).len() == count);
    until("both are in step", || is_quiet(&plan) && is_quiet(&office));
    let payer_ids = keys("plan", ListName::PayerClaims);
    let provider_ids = keys("office", ListName::Receivables);
    let payer = Person::sign_in(&place, &plan, ("plan", "po", "PO"));
    let provider = Person::sign_in(&place, &office, ("office", "pb", "PB"));
    let mut seen: Vec<Duration> = Vec::new();
    for (number, id) in &payer_ids {
        let theirs = provider_ids.get(number).expect("the provider has the claim");
        seen.push(decide(&payer, id, (&provider, theirs)));
    }
    seen.sort_unstable();
    let at = |percent: usize| seen[(seen.len() * percent).div_ceil(100).saturating_sub(1)];
    println!(
        "{} decisions, from the click to the provider's page: p50 {:?}, p95 {:?}, p99 {:?}, \
         largest {:?}",
        seen.len(),
        at(50),
        at(95),
        at(99),
        at(100)
    );
}

/// A payer and a provider that run, paired; with the usual settings but for the day of work.
fn pair(server: Option<&str>) -> (Place, Serving, Serving) {
    let place = Place::with_plan();
    fs::rename(place.path("plan"), place.path("given")).expect("the plan's files");
    for (data, role) in [("plan", "payer"), ("office", "provider")] {
        make_at(&place, (data, role), server);
        set(&place, data, &[("day", "\"file\"")]);
        place.write(&format!("{data}/business-day"), DAY);
    }
    place::copy(&place.path("given/rates"), &place.path("plan/rates"));
    fs::copy(place.path("given/members.csv"), place.path("plan/members.csv")).expect("members");
    fs::create_dir_all(place.path("office/inbox")).expect("an inbox");
    let (plan, office) = (Serving::begin(&place, "plan"), Serving::begin(&place, "office"));
    let told = place.run("node invite --data plan --partner Clinic --identifier 1234567893 --json");
    let code = told.json()["code"].as_str().expect("a code").to_owned();
    let line = format!("node join {code} --data office --partner Plan --identifier FOX01");
    assert_eq!(place.run(&line).code, 0);
    (place, plan, office)
}

/// Number and day of service of a claim that waits for a person.
fn bill(number: usize) -> (String, String) {
    let days = i64::try_from(number).expect("few claims");
    let day = add_days(Date::constant(2025, 1, 2), days).expect("a day");
    (format!("S-{number}"), day.to_string().replace('-', ""))
}

/// The ids of the claims' pages by the provider's number.
fn ids(place: &Place, data: &str, list: ListName) -> BTreeMap<String, String> {
    let side = if data == "plan" { Side::Payer } else { Side::Provider };
    let path = place.path(data);
    let desk = OfficeDesk::open(&path, side, data, None, [1; 32]).expect("a desk");
    let mut store = Store::open_folder(&path).expect("a database");
    let found: Result<_, counterfoil_store::StoreError> = store.read("claims", |tx| {
        let all = tx.list_totals(list, &ListPage::default())?.count;
        let limit = u32::try_from(all).unwrap_or(u32::MAX);
        let mut ids = BTreeMap::new();
        for keys in tx.list_keys(list, &ListPage { limit, ..ListPage::default() })? {
            let number = match side {
                Side::Payer => tx.claim(&keys[1])?.map(|row| row.patient_control_number),
                Side::Provider => keys.get(1).cloned(),
            };
            ids.insert(number.unwrap_or_default(), desk.claim_id(&keys));
        }
        Ok(ids)
    });
    found.expect("claims are read")
}

/// Approves a claim; how long until the provider's page shows another state.
fn decide(payer: &Person, id: &str, (provider, theirs): (&Person, &str)) -> Duration {
    let path = format!("/claims/{id}");
    let version = between(&payer.get(&path), "name=\"version\" value=\"", "\"");
    let theirs = format!("/claims/{theirs}");
    let hash = |page: &str| between(page, "State hash: <code>", "<");
    let before = hash(&provider.get(&theirs));
    let began = Instant::now();
    let fields = format!("version={version}&choice=approve&reason=records+reviewed");
    let reply = payer.post(&format!("{path}/decision"), &fields);
    assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
    while hash(&provider.get(&theirs)) == before {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is seen of {id}");
        std::thread::sleep(LOOK);
    }
    began.elapsed()
}

/// The text between two others.
fn between(page: &str, from: &str, to: &str) -> String {
    let rest = page.split_once(from).map(|(_, rest)| rest);
    let rest = rest.unwrap_or_else(|| panic!("{from} is not on the page: {page}"));
    rest.split(to).next().unwrap_or_default().to_owned()
}

/// Somebody who is signed in.
struct Person {
    pages: String,
    cookie: String,
    token: String,
}

impl Person {
    fn sign_in(place: &Place, node: &Serving, (data, name, role): (&str, &str, &str)) -> Person {
        let add = format!("account add {name} --role {role} --data {data}");
        let mut adding = place.command(&add).stdin(Stdio::piped()).spawn().expect("it starts");
        let mut input = adding.stdin.take().expect("an input");
        writeln!(input, "{PASSWORD}").expect("a password");
        drop(input);
        assert!(adding.wait_with_output().expect("it ends").status.success());
        let (cookie, token) = (String::new(), String::new());
        let mut person = Person { pages: node.pages.clone(), cookie, token };
        let reply = person.post("/sign-in", &format!("name={name}&password={PASSWORD}"));
        person.cookie = between(&reply, "set-cookie: ", ";");
        person.token = between(&person.get("/keys"), "data-token=\"", "\"");
        person
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path}"), "")
    }

    fn post(&self, path: &str, fields: &str) -> String {
        self.ask(&format!("POST {path}"), &format!("token={}&{fields}", self.token))
    }

    fn ask(&self, what: &str, body: &str) -> String {
        let Person { pages, cookie, .. } = self;
        let mut stream = TcpStream::connect(pages).expect("the pages are served");
        let length = body.len();
        let ask = format!(
            "{what} HTTP/1.1\r\nHost: {pages}\r\nOrigin: http://{pages}\r\nConnection: close\r\n\
             Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(ask.as_bytes()).expect("a request");
        let mut told = String::new();
        stream.read_to_string(&mut told).expect("an answer");
        told
    }
}
