//! A node over generated books, and a browser without a screen.

use super::payer::Payer;
use super::plan::Plan;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use counterfoil_base::Phi;
use counterfoil_claim::read_file;
use counterfoil_corpus::{Senders, WorldConfig};
use counterfoil_desk::{Engines, OfficeDesk, add_account, pages};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims};
use counterfoil_operations::provider::{BilledClaim, bill_claim, post_advice};
use counterfoil_store::{Side, Store};
use counterfoil_web::{Role, Settings, Surroundings};
use counterfoil_x12::{Profile, ReadOptions};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub const PASSWORD: &str = "generated data 835";

pub struct Node {
    pub desk: Arc<OfficeDesk>,
    pub router: Router,
    pub folder: TempDir,
}

pub fn plan() -> Plan {
    let config = WorldConfig { seed: 7, claims: 300, batches: 3, ..WorldConfig::default() };
    Plan::new(config, Senders::Providers)
}

/// The database of a node's folder.
pub fn database(folder: &TempDir) -> Store {
    Store::open(&folder.path().join("counterfoil.sqlite")).expect("a database opens")
}

pub fn open(folder: TempDir, side: Side, plan: Plan) -> Node {
    let data = folder.path();
    let mut store = database(&folder);
    let password = Phi::new(PASSWORD.to_owned());
    for (number, role) in (1u8..).zip(Role::ALL) {
        let name = role.letters().to_lowercase();
        add_account(&mut store, &name, &[role], &password, [number; 32]).expect("a new name");
    }
    add_account(&mut store, "all", &Role::ALL, &password, [99; 32]).expect("a new name");
    drop(store);
    let engines = Engines {
        rates: plan.rates,
        members: plan.members,
        engine: plan.engine,
        settings: Some(plan.settings),
        rules: "rules of the generated month".to_owned(),
        not_run: Vec::new(),
    };
    let desk = OfficeDesk::open(data, side, "Generated", Some(engines), [5; 32]);
    let desk = Arc::new(desk.expect("the desk opens").with_generated_data());
    let counter = AtomicU64::new(1);
    let surroundings = Surroundings {
        now: Arc::new(|| Timestamp::from_second(1_790_000_000).expect("within the calendar")),
        random: Arc::new(move |bytes| {
            for byte in bytes {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                *byte = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8;
            }
        }),
        newest_event: desk.newest_event(),
    };
    let uploads = data.join("uploads");
    std::fs::create_dir(&uploads).expect("a folder");
    let router = pages(&desk, surroundings, Settings::new(uploads));
    Node { desk, router, folder }
}

impl Node {
    /// The health plan after its month.
    pub fn payer() -> Node {
        let plan = plan();
        let folder = tempfile::tempdir().expect("a folder");
        let mut payer = Payer::new(&plan);
        let path = folder.path().join("counterfoil.sqlite");
        payer.store = Store::open(&path).expect("a database opens");
        drop(payer.play());
        open(folder, Side::Payer, plan)
    }

    /// The providers' claims as one organization billed them.
    pub fn provider() -> Node {
        let plan = plan();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("counterfoil.sqlite");
        let mut store = Store::open(&path).expect("a database opens");
        store.belongs_to(Side::Provider).expect("a new database");
        for file in &plan.files {
            let options = IntakeOptions {
                engine: plan.engine.clone(),
                profile: Profile::Lenient,
                keeps_segments: true,
                rejected_sets: Vec::new(),
                day: file.sent_on(),
                acknowledgement_number: 1,
                claims_before: 0,
            };
            let booked: Result<(), OperationsError> = store.transaction("bill", |tx| {
                tx.begin_file(
                    &file.info.name,
                    &file.info.name,
                    "837",
                    &file.sent_on().to_string(),
                )?;
                read_claims(file.bytes.as_slice(), options, |items, _| {
                    for item in items {
                        let IntakeItem::Claim(received) = item else { continue };
                        let billed = BilledClaim {
                            claim: &received.claim,
                            segments: received.segments.expose(),
                            expected_cents: None,
                            file_digest: &file.info.name,
                            on: file.sent_on(),
                            twin_subject: "",
                        };
                        bill_claim(tx, &billed)?;
                    }
                    Ok::<_, OperationsError>(())
                })?;
                Ok(())
            });
            booked.expect("claims are booked");
        }
        let payer = Payer::new(&plan).play();
        let last = plan.files.last().expect("files").sent_on();
        for (name, bytes) in payer.files("835-") {
            for read in read_file(&bytes, ReadOptions::default()).remittances {
                let posted: Result<_, OperationsError> =
                    store.transaction("post", |tx| post_advice(tx, &read.advice, &name, last));
                posted.expect("an 835 is posted");
            }
        }
        drop((store, payer));
        open(folder, Side::Provider, plan)
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> Client {
        Client { router: self.router.clone(), cookie: String::new(), token: String::new() }
    }

    pub async fn client(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let fields = [("name", name), ("password", PASSWORD), ("next", "/keys")];
        let reply = client.send(form("/sign-in", &fields)).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{name}: {}", reply.body);
        client.cookie = reply.cookie.split(';').next().unwrap_or("").to_owned();
        let keys = client.get("/keys").await.body;
        let token = keys.split_once("data-token=\"").map_or("", |(_, rest)| rest);
        client.token = token.split('"').next().unwrap_or("").to_owned();
        client
    }
}

pub struct Client {
    router: Router,
    pub cookie: String,
    pub token: String,
}

pub struct Reply {
    pub status: StatusCode,
    pub body: String,
    pub location: String,
    pub headers: HeaderMap,
    cookie: String,
}

impl Client {
    /// The same browser with the cookie of another.
    pub fn with_cookie(&self, cookie: &str) -> Client {
        let (router, token) = (self.router.clone(), self.token.clone());
        Client { router, cookie: cookie.to_owned(), token }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("token", self.token.as_str())];
        all.extend(fields);
        self.send(form(path, &all)).await
    }

    pub async fn send(&self, mut request: Request<Body>) -> Reply {
        if !self.cookie.is_empty() {
            let cookie = self.cookie.parse().expect("a cookie");
            request.headers_mut().insert("cookie", cookie);
        }
        let response = self.router.clone().oneshot(request).await.expect("a router answers");
        let (parts, body) = response.into_parts();
        let header = |name: &str| {
            let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or("").to_owned()
        };
        let is_stream = header("content-type") == "text/event-stream";
        let body = if is_stream { Body::empty() } else { body };
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        Reply {
            status: parts.status,
            // Pages are text; of a file for another program tests look at its beginning.
            body: String::from_utf8_lossy(&bytes).into_owned(),
            location: header("location"),
            cookie: header("set-cookie"),
            headers: parts.headers.clone(),
        }
    }
}

pub fn form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "node.example")
        .header("origin", "http://node.example")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(text.finish()))
        .expect("a request")
}
