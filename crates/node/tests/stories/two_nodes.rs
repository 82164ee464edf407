//! Two nodes as processes on this machine: paired, killed, restored, with a wrong key.

use crate::claims::{VISIT, file_837p};
use crate::nodes_at_work::hold_the_same;
use crate::place::Place;
use crate::serving::{Serving, make, until};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

/// A payer and a provider, paired and running; and the code that was used.
fn pair() -> (Place, Serving, Serving, String) {
    let place = Place::with_plan();
    std::fs::rename(place.path("plan"), place.path("desk")).expect("the desk's files");
    make(&place, "plan", "payer");
    make(&place, "office", "provider");
    let (plan, office) = (Serving::begin(&place, "plan"), Serving::begin(&place, "office"));
    let told = place.run("node invite --data plan --partner Clinic --identifier 1234567893 --json");
    let code = told.json()["code"].as_str().expect("a code").to_owned();
    let line = format!("node join {code} --data office --partner Plan --identifier FOX01 --json");
    let joined = place.run(&line);
    assert_eq!(joined.code, 0, "{joined}");
    let peers = place.run("node peers --data plan --json").json();
    assert_eq!(peers["fingerprint"], joined.json()["fingerprint"], "both show the same digits");
    until("both are in step", || plan.is_in_step() && office.is_in_step());
    (place, plan, office, code)
}

fn adjudicate(place: &Place, control: u32) {
    let number = format!("TN-{control}");
    let day = format!("202501{:02}", control % 28 + 1);
    let bill = crate::claims::Bill { number: &number, day: &day, ..VISIT };
    place.write("one.837", file_837p(control, &[bill]));
    let told = place.run(
        "claim adjudicate one.837 --data plan --rates desk/rates --members desk/members.csv \
         --out out --on 2025-02-20 --no-pay",
    );
    assert!([0, 1].contains(&told.code), "{told}");
}

fn events(place: &Place, data: &str, whose: &str) -> u64 {
    place.run(&format!("node peers --data {data} --json")).json()[whose].as_u64().unwrap_or(0)
}

#[test]
fn what_one_node_says_is_held_by_the_other_through_kills() {
    let (place, mut plan, mut office, _) = pair();
    for control in 1..=4 {
        let before = events(&place, "plan", "own_events");
        adjudicate(&place, control);
        if control % 2 == 0 {
            plan.kill();
            plan = Serving::begin(&place, "plan");
        } else {
            office.kill();
            office = Serving::begin(&place, "office");
        }
        until("the event is on both sides", || {
            let own = plan.metric("partner_own_events").unwrap_or(0);
            own > before && office.metric("partner_partner_events") == Some(own)
        });
    }
    until("the answers are read and said to be", || {
        let is_read = |node: &Serving| node.metric("work_documents_waiting") == Some(0);
        is_read(&plan) && is_read(&office) && hold_the_same(&place)
    });
    let told = place.run("twin match --data plan --data office");
    assert!(told.code == 0 && told.out.contains(": equal"), "{told}");
    let second = place.run("serve --data plan");
    assert_eq!(second.code, 3, "one process serves a folder: {second}");
    plan.stop();
    office.stop();
    let log = place.read("plan.log");
    assert!(!log.contains("SAMPLE") && !log.contains("M0000001"), "no person in the log: {log}");
}

#[test]
fn a_restored_backup_is_told_and_says_nothing_new() {
    let (place, plan, office, _) = pair();
    adjudicate(&place, 1);
    let both_hold_more_than = |plan: &Serving, before: u64| {
        let own = plan.metric("partner_own_events");
        own > Some(before) && office.metric("partner_partner_events") == own && plan.is_in_step()
    };
    until("it is signed", || both_hold_more_than(&plan, 1));
    let before = events(&place, "plan", "own_events");
    plan.stop();
    // What is due when the backup is made is signed by the one that goes on.
    adjudicate(&place, 2);
    let made = place.run("backup --data plan --to copy --json");
    let restored = place.run("restore --from copy --data again --json");
    assert_eq!(made.json()["state_digest"], restored.json()["state_digest"], "{restored}");
    assert_eq!(place.run("restore --from copy --data again").code, 3, "not empty");
    // One that broke off before the folder was whole goes on.
    std::fs::remove_file(place.path("again/node.toml")).expect("the last file");
    place.write("again/restoring", made.json()["state_digest"].as_str().expect("a digest"));
    place.write("again/twin.key", "half a ke");
    let restored = place.run("restore --from copy --data again --json");
    assert_eq!(made.json()["state_digest"], restored.json()["state_digest"], "{restored}");
    assert_eq!(place.read("again/twin.key"), place.read("plan/twin.key"));
    assert!(!place.path("again/restoring").exists());
    let plan = Serving::begin(&place, "plan");
    until("both have it", || both_hold_more_than(&plan, before));
    plan.stop();
    std::fs::rename(place.path("plan"), place.path("newer")).expect("put aside");
    std::fs::rename(place.path("again"), place.path("plan")).expect("the restored one");
    let desk = "--data plan --rates desk/rates --out out --on 2025-02-20";
    for line in [
        format!("claim pay {desk}"),
        format!("claim adjudicate one.837 --members desk/members.csv {desk}"),
        "twin export --data plan --out half".to_owned(),
    ] {
        let told = place.run(&line);
        assert!(told.code == 3 && told.err.contains("this folder was restored"), "{told}");
    }
    let size = events(&place, "plan", "own_events");
    let plan = Serving::begin(&place, "plan");
    until("the payer is told", || plan.get("/health").contains("put back to an older backup"));
    until("its work waits for a person", || {
        plan.get("/health").contains("--met-everyone --by NAME")
    });
    until("the provider is told", || {
        office.get("/health").contains("the partner was put back to an older backup")
    });
    // Ten looks at the database, in which what is due would have been signed.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(events(&place, "plan", "own_events"), size, "nothing is signed meanwhile");
    plan.stop();
    let nameless = place.run("restore --met-everyone --data plan");
    assert_eq!(nameless.code, 2, "a person says so: {nameless}");
    let line = "restore --met-everyone --by \"Ida Fox\" --data plan --json";
    let met = place.run(line);
    assert_eq!(met.json()["audit_event"], 1, "{met}");
    assert_eq!(place.run(line).code, 3, "it waits for nobody any more");
    adjudicate(&place, 3);
    place.write("copy/twin.key", "00");
    let damaged = place.run("restore --from copy --data third");
    assert!(damaged.code == 3 && damaged.err.contains("not the file"), "{damaged}");
}

#[test]
fn a_wrong_key_is_refused_and_the_right_one_goes_on() {
    let (place, plan, office, code) = pair();
    office.stop();
    make(&place, "stranger", "provider");
    let (own, strange) = (place.read("office/node.key"), place.read("stranger/node.key"));
    place.write("office/node.key", &strange);
    let office = Serving::begin(&place, "office");
    until("it was refused", || place.read("office.log").contains("\"partner is served\""));
    // Several attempts to dial, each of which is refused.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(plan.metric("partners_connected"), Some(0));
    let used = place.run(&format!("node join {code} --data stranger --partner P --identifier X"));
    assert!(used.code == 3 && used.err.contains("used by another node"), "{used}");
    let typo = code.replacen(['1', '2', '3', '4'], "5", 1);
    let typo = place.run(&format!("node join {typo} --data stranger --partner P --identifier X"));
    assert!(typo.code == 2 && typo.err.contains("mistyped"), "{typo}");
    office.kill();
    place.write("office/node.key", &own);
    let office = Serving::begin(&place, "office");
    until("both are in step again", || plan.is_in_step() && office.is_in_step());
}

/// A request with a body, and the answer as text.
pub fn ask(serving: &Serving, head: &str, cookie: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&serving.pages).expect("the pages are served");
    let length = body.len();
    let ask = format!(
        "{head} HTTP/1.1\r\nHost: {at}\r\nOrigin: http://{at}\r\nConnection: close\r\n\
         Cookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}",
        at = serving.pages
    );
    stream.write_all(ask.as_bytes()).expect("a request");
    let mut told = String::new();
    stream.read_to_string(&mut told).expect("an answer");
    told
}

/// Adds a person with a password.
fn add_person(place: &Place, name: &str, role: &str) {
    let add = format!("account add {name} --role {role} --data office");
    let mut adding = place.command(&add).stdin(Stdio::piped()).spawn().expect("it starts");
    let mut input = adding.stdin.take().expect("an input");
    input.write_all(b"a long enough password\n").expect("a password");
    drop(input);
    let added = adding.wait_with_output().expect("it ends");
    assert_eq!(added.status.code(), Some(0), "{}", String::from_utf8_lossy(&added.stderr));
}

/// The cookie of a session.
fn session_of(told: &str) -> &str {
    let cookie = told.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    cookie.and_then(|line| line.split(';').next()).expect("a session")
}

#[test]
fn the_page_of_the_node_tells_how_it_stands() {
    let (place, plan, office, _) = pair();
    add_person(&place, "ada", "AD");
    let told = ask(&office, "POST /sign-in", "", "name=ada&password=a+long+enough+password");
    let cookie = session_of(&told);
    until("it tells of the connection", || {
        ask(&office, "GET /node", cookie, "").contains("connected</")
    });
    let page = ask(&office, "GET /node", cookie, "");
    assert!(!page.contains("1970-01-01"), "{page}");
    for known in ["Messages of Plan", "node.key", "twin.key", "pages.upload_bytes_max"] {
        assert!(page.contains(known), "{known}: {page}");
    }
    plan.stop();
    until("that it is gone is told", || {
        ask(&office, "GET /node", cookie, "").contains("not connected; tried again by itself")
    });
    office.stop();
}

#[test]
fn a_person_signs_in_to_the_pages_of_a_node() {
    let place = Place::empty();
    make(&place, "office", "provider");
    add_person(&place, "ida", "PB");
    let office = Serving::begin(&place, "office");
    assert!(office.get("/sign-in").contains("Sign in"));
    assert!(office.get("/claims").starts_with("HTTP/1.1 303"), "strangers are sent to sign in");
    let wrong = ask(&office, "POST /sign-in", "", "name=ida&password=a+wrong+password");
    assert!(wrong.starts_with("HTTP/1.1 401"), "{wrong}");
    let right = ask(&office, "POST /sign-in", "", "name=ida&password=a+long+enough+password");
    assert!(right.starts_with("HTTP/1.1 303"), "{right}");
    let page = ask(&office, "GET /claims", session_of(&right), "");
    assert!(page.contains("Claims"), "{page}");
    office.stop();
}
