//! Figures, downloads, access and decisions over real books.

use super::client::{Client, Node, Reply};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::future::Future;

pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

pub fn figures(body: &str) -> BTreeMap<String, String> {
    let links = body.split("<a class=\"figure").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let address = attributes.split_once("href=\"")?.1.split('"').next()?;
        Some((address.replace("&amp;", "&"), rest.split("</a>").next()?.to_owned()))
    });
    links.collect()
}

/// The first address on a page that begins with these words and leads to one object.
pub fn first(reply: &Reply, start: &str) -> String {
    let links = reply.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut found = links.filter(|link| {
        link.strip_prefix(start)
            .is_some_and(|id| id.len() > 30 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    found.next().unwrap_or_default().to_owned()
}

pub async fn crawl(client: &Client, pages: &[String]) -> (usize, Vec<String>) {
    let (mut broken, mut opened) = (Vec::new(), BTreeMap::new());
    for page in pages {
        let reply = client.get(page).await;
        assert_eq!(reply.status, StatusCode::OK, "{page}: {}", reply.body);
        let mut round: BTreeMap<_, _> = figures(&reply.body).into_iter().take(60).collect();
        for _ in 0..3 {
            let mut next = BTreeMap::new();
            for (address, shown) in round {
                if opened.insert(address.clone(), shown.clone()).is_some() {
                    continue;
                }
                let reply = client.get(&address).await;
                let root = reply.body.split_once("<p class=\"root\">");
                let root = root.and_then(|(_, rest)| rest.split_once('>')).map(|(_, rest)| rest);
                let root = root.and_then(|rest| rest.split("</a>").next()).unwrap_or("");
                if reply.status != StatusCode::OK || root != shown {
                    broken.push(format!("{page}: {address} shows {shown}, opens {root}"));
                }
                next.extend(figures(&reply.body).into_iter().take(8));
            }
            round = next;
        }
    }
    (opened.len(), broken)
}

/// Pages of lists, and of the first object of each kind.
async fn pages_of(client: &Client) -> Vec<String> {
    let lists = [
        "/queue",
        "/files",
        "/claims",
        "/claims?sort=-billed",
        "/remittances",
        "/ledger",
        "/ledger/entries",
        "/audit",
        "/node",
        "/claims?q=no-such-word",
    ];
    let mut pages: Vec<String> = lists.map(str::to_owned).into();
    for (list, start) in [
        ("/claims?state=paid", "/claims/"),
        ("/claims?state=denied", "/claims/"),
        ("/claims", "/claims/"),
        ("/queue", "/claims/"),
        ("/files", "/files/"),
        ("/remittances", "/remittances/"),
        ("/ledger/entries", "/ledger/entries/"),
    ] {
        let object = first(&client.get(list).await, start);
        if !object.is_empty() {
            pages.push(object);
        }
    }
    pages
}

#[test]
fn every_figure_of_a_payer_and_of_a_provider_opens_the_same_figure() {
    run(async {
        for (node, wanted) in [(Node::payer(), 500), (Node::provider(), 200)] {
            let client = node.client("all").await;
            let pages = pages_of(&client).await;
            assert!(pages.len() > 12, "{pages:?}");
            let (opened, broken) = crawl(&client, &pages).await;
            assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
            assert!(opened > wanted, "only {opened} figures were opened");
        }
    });
}

#[test]
fn a_download_has_every_row_and_the_sums_of_the_page() {
    run(async {
        let node = Node::payer();
        let client = node.client("po").await;
        for filter in ["", "state=paid", "state=denied", "state=pended", "q=no-such"] {
            let page = client.get(&format!("/claims?{filter}")).await;
            let file = client.get(&format!("/claims/export?{filter}&purpose=payment")).await;
            assert_eq!(file.status, StatusCode::OK, "{filter}");
            let lines: Vec<Vec<String>> = file
                .body
                .split("\r\n")
                .map(|line| line.split(',').map(|c| c.trim_matches('"').to_owned()).collect())
                .collect();
            let fact = |name: &str| lines.iter().find(|line| line[0] == name).unwrap()[1].clone();
            let head = lines.iter().position(|line| line == &[""]).unwrap() + 1;
            let rows = &lines[head + 1..lines.len() - 1];
            assert_eq!(fact("rows"), rows.len().to_string(), "{filter}");
            assert!(rows.is_empty() || page.body.contains(&fact("digest")), "{filter}");
            let numbers: std::collections::BTreeSet<&String> = rows.iter().map(|r| &r[0]).collect();
            assert_eq!(numbers.len(), rows.len(), "no row twice");
        }
    });
}

#[test]
fn of_two_people_who_decide_one_claim_the_second_is_told() {
    run(async {
        let node = Node::payer();
        let (one, other) = (node.client("po").await, node.client("all").await);
        let path = first(&one.get("/claims?state=pended").await, "/claims/");
        assert!(!path.is_empty(), "a claim is pended");
        let page = one.get(&path).await;
        let version = page.body.split("name=\"version\" value=\"").nth(1).unwrap();
        let version = version.split('"').next().unwrap();
        let fields = [("choice", "deny-50"), ("version", version), ("reason", "records reviewed")];
        let address = format!("{path}/decision");
        let first_answer = one.post(&address, &fields).await;
        assert_eq!(first_answer.status, StatusCode::SEE_OTHER, "{}", first_answer.body);
        assert!(first_answer.location.starts_with(&path));
        let second = other.post(&address, &fields).await;
        assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.body);
        assert!(second.body.contains("po decided it first, on "), "{}", second.body);
        assert!(one.get(&path).await.body.contains("denied"));
        let verified = other.post("/audit/verification", &[]).await;
        assert_eq!(verified.status, StatusCode::OK, "{}", verified.location);
        assert!(node.folder.path().join("counterfoil.sqlite").is_file());
    });
}

#[test]
fn a_held_claim_is_checked_by_the_engine_that_decides() {
    run(async {
        let node = Node::payer();
        let client = node.client("po").await;
        let paid = first(&client.get("/claims?state=paid").await, "/claims/");
        let told = client.get(&format!("{paid}/check")).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "its segments are not kept");
        let lines = client.get(&paid).await.body;
        assert!(lines.contains("line-1-paid"), "its lines are shown all the same");
        let path = first(&client.get("/claims?state=pended").await, "/claims/");
        let reply = client.get(&format!("{path}/check")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let (opened, broken) = {
            let mut broken = Vec::new();
            let shown = figures(&reply.body);
            for (address, value) in &shown {
                let explained = client.get(address).await;
                if explained.status != StatusCode::OK || !explained.body.contains(value.as_str()) {
                    broken.push(address.clone());
                }
            }
            (shown.len(), broken)
        };
        assert!(broken.is_empty() && opened > 3, "{opened} {broken:?}");
        let refused = client.post("/check", &[("text", "no claim")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(node.desk.newest_event().borrow().eq(&0));
    });
}
