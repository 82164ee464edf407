//! Every endpoint x role x {own, partner, stranger, anonymous} x {exists, does not}, over the
//! books of a payer and of a provider; and forms that no page of ours has sent.

use super::client::{Client, Node, Reply, form};
use super::crawl::{first, run};
use super::paired::Paired;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use counterfoil_base::Cents;
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::match_bank;
use counterfoil_store::{BankRow, Store};
use counterfoil_web::{Policy, Role, Rule, Scope, endpoints};
use std::collections::{BTreeMap, BTreeSet};

/// Paths that end the session of the person who asks, so that they are asked for elsewhere.
const ENDS_A_SESSION: [&str; 2] = ["/sign-in", "/sign-out"];

/// Ids of one object of each kind that the partner shares, and of one that only we have.
struct Objects(BTreeMap<&'static str, String>);

impl Objects {
    async fn of(node: &Node) -> Objects {
        let (guest, own) = (node.client("all-partner").await, node.client("all").await);
        let mut ids = BTreeMap::new();
        for (list, start, kind) in [
            ("/claims?state=paid", "/claims/", "claims"),
            ("/files", "/files/", "files"),
            ("/remittances", "/remittances/", "remittances"),
            ("/ledger/entries", "/ledger/entries/", "ledger"),
            ("/held", "/held/", "held"),
            ("/contracts", "/contracts/", "contracts"),
            ("/settlements", "/settlements/", "settlements"),
        ] {
            let client = if ["ledger", "held"].contains(&kind) { &own } else { &guest };
            let path = first(&client.get(list).await, start);
            let id = path.rsplit('/').next().unwrap_or_default().to_owned();
            if id.is_empty() && kind == "held" {
                // Claims wait at a provider alone: the payer has none.
                continue;
            }
            assert!(!id.is_empty(), "{list} has an object");
            ids.insert(kind, id);
        }
        Objects(ids)
    }

    /// The address of a rule with an object that exists, with one that was never sealed here, and
    /// with one whose last digit is another.
    fn paths(&self, rule: &Rule) -> [String; 3] {
        let kind = rule.path.split('/').nth(1).unwrap_or_default();
        let id = self.0.get(kind).unwrap_or(&self.0["claims"]);
        let (start, last) = id.split_at(id.len() - 1);
        let forged = format!("{start}{}", if last == "0" { "1" } else { "0" });
        [id, "00ff", forged.as_str()].map(|id| match kind {
            "explain" => format!("/explain/claim/{id}/billed"),
            _ => {
                let path = rule.path.replace("{id}", id).replace("{name}", "page.css");
                path.replace("{code}", "provider~cash")
            }
        })
    }
}

async fn ask(client: &Client, rule: &Rule, path: &str) -> Reply {
    if rule.method == "GET" {
        return client.get(path).await;
    }
    client.post(path, &[("text", "ISA*"), ("choice", "none")]).await
}

/// What an answer says, with the name of the single request taken out.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, String) {
    let mut body = reply.body.clone();
    if let Some((before, rest)) = reply.body.split_once("administrator: <code>") {
        let after = rest.split_once("</code>").map_or("", |(_, after)| after);
        body = format!("{before}{after}");
    }
    (reply.status, headers(&reply.headers), body)
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
    pairs.filter(|(name, _)| name != "date").collect()
}

/// True for an answer of the endpoint itself, also one that says what was wrong with a form.
fn is_served(reply: &Reply) -> bool {
    let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED];
    let is_sent_away = reply.location.starts_with("/sign-in");
    !refused.contains(&reply.status) && !is_sent_away && !reply.status.is_server_error()
}

/// What the table says of one person and one rule, and whether the answers are that.
async fn judge(
    (client, rule, objects): (&Client, &Rule, &Objects),
    (is_allowed, sees): (bool, bool),
    label: &str,
) -> usize {
    let [real, absent, forged] = objects.paths(rule);
    let found = ask(client, rule, &real).await;
    let is_object = rule.scope == Scope::Object;
    let wanted = match (is_allowed, sees || !is_object) {
        (false, _) => found.status == StatusCode::FORBIDDEN,
        (true, true) => is_served(&found),
        (true, false) => found.status == StatusCode::NOT_FOUND,
    };
    assert!(wanted, "{label} {} {real}: {} {}", rule.method, found.status, found.body);
    if !is_object {
        return 1;
    }
    let [absent, forged] = [ask(client, rule, &absent).await, ask(client, rule, &forged).await];
    assert_eq!(told(&absent), told(&forged), "{label} {} {real}", rule.method);
    let status = if is_allowed { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
    assert_eq!(absent.status, status, "{label} {} {}", rule.method, rule.path);
    if !sees || !is_allowed {
        // An object of others answers as one that there is not.
        assert_eq!(told(&found), told(&absent), "{label} {} {real}", rule.method);
    }
    3
}

#[test]
fn every_person_gets_what_the_table_says_of_everything() {
    run(async {
        let paired = Paired::new();
        let policy = Policy::built_in();
        let listed: BTreeSet<_> =
            policy.rules().iter().map(|r| (r.method.as_str(), r.path.as_str())).collect();
        let served: BTreeSet<_> = endpoints().into_iter().collect();
        assert_eq!(listed, served, "endpoints that the table does not cover, or the reverse");
        let mut asked = 0;
        for node in [&paired.payer, &paired.provider] {
            let objects = Objects::of(node).await;
            for role in Role::ALL {
                for kind in ["", "-partner", "-stranger"] {
                    let name = format!("{}{kind}", role.letters().to_lowercase());
                    let client = node.client(&name).await;
                    for rule in policy.rules() {
                        if ENDS_A_SESSION.contains(&rule.path.as_str()) || rule.scope == Scope::Open
                        {
                            continue;
                        }
                        let is_own = kind.is_empty();
                        let is_allowed = rule.roles.contains(&role) && (is_own || rule.partner);
                        let is_held = rule.path.starts_with("/held/{id}");
                        let has_held = objects.0.contains_key("held");
                        let sees = if is_held { is_own && has_held } else { kind != "-stranger" };
                        let person = (is_allowed, sees);
                        asked += judge((&client, rule, &objects), person, &name).await;
                    }
                }
            }
            asked += nobody(node, &policy, &objects).await;
        }
        assert!(asked > 2_000, "{asked}");
    });
}

/// Who is not signed in is sent to sign in, whatever there is, and reads what is open.
async fn nobody(node: &Node, policy: &Policy, objects: &Objects) -> usize {
    let stranger = node.stranger();
    let mut asked = 0;
    for rule in policy.rules() {
        let answers = objects.paths(rule);
        for path in &answers {
            asked += 1;
            let reply = ask(&stranger, rule, path).await;
            let label = format!("{} {path}: {}", rule.method, reply.status);
            if rule.scope == Scope::Open {
                // The name of an asset holds its digest, so that this one is none of ours.
                let is_asset = rule.path.starts_with("/assets");
                assert!(is_served(&reply) || rule.method == "POST" || is_asset, "{label}");
                continue;
            }
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{label}");
            assert!(reply.location.starts_with("/sign-in"), "{label}");
            assert_eq!(reply.body, "", "{label}");
        }
    }
    asked
}

#[test]
fn lists_downloads_and_finds_of_a_guest_hold_nothing_of_others() {
    run(async {
        let paired = Paired::new();
        let node = &paired.payer;
        let (own, guest) = (node.client("all").await, node.client("all-partner").await);
        let stranger = node.client("all-stranger").await;
        let numbers = |reply: &Reply| -> BTreeSet<String> {
            let head = reply.body.split("\r\n").position(str::is_empty).unwrap_or_default();
            let rows = reply.body.split("\r\n").skip(head + 2).filter(|row| !row.is_empty());
            rows.map(|row| row.split(',').next().unwrap_or_default().to_owned()).collect()
        };
        for list in ["/claims/export", "/remittances/export"] {
            let path = format!("{list}?purpose=payment");
            let all = numbers(&own.get(&path).await);
            let ours = numbers(&guest.get(&path).await);
            let theirs = numbers(&stranger.get(&path).await);
            assert!(!ours.is_empty() && !theirs.is_empty(), "{list}");
            assert_eq!(ours.intersection(&theirs).count(), 0, "{list}");
            assert!(ours.is_subset(&all) && theirs.is_subset(&all), "{list}");
            for number in theirs.iter().take(20) {
                let body = guest.get(&format!("/find?q={number}")).await.body;
                let rest = body.replace(&format!("value=\"{number}\""), "");
                assert!(!rest.contains("/claims/") || !rest.contains(number), "{number}");
            }
            let counted = format!("/explain/list{}/count", list.replace("/export", ""));
            let sum = guest.get(&counted).await;
            assert!(sum.body.contains(&ours.len().to_string()), "{list}");
        }
        let ids = |reply: &Reply| -> BTreeSet<String> {
            let links = reply.body.split("href=\"/files/").skip(1);
            let ids = links.filter_map(|rest| rest.split('"').next()).map(str::to_owned);
            ids.filter(|id| id.len() > 30).collect()
        };
        let (ours, theirs) = (ids(&guest.get("/files").await), ids(&stranger.get("/files").await));
        assert!(ours.len() > 3 && theirs.len() > 3 && ours.is_disjoint(&theirs), "{theirs:?}");
        // The bank's movements and the books are nobody's but our own.
        let books = guest.get("/explain/ledger/book/debits").await;
        assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&books.status));
    });
}

/// A movement of the bank that gives one 835 of the partner too much; gives its trace number.
fn too_much(store: &mut Store) -> String {
    let booked: Result<String, OperationsError> = store.transaction("a movement", |tx| {
        let all = tx.remittances()?;
        let advice = all.into_iter().find(|one| one.amount_cents > Cents::ZERO).expect("an 835");
        let row = BankRow {
            entry_key: "one".to_owned(),
            reference: "one".to_owned(),
            posted_on: advice.effective_on.clone(),
            amount_cents: advice.amount_cents + Cents(77),
            trace_number: advice.trace_number.clone(),
            payer_identifier: advice.payer_identifier.clone(),
            match_outcome: "open".to_owned(),
            ..BankRow::default()
        };
        assert!(tx.insert_bank_entry(&row)?);
        match_bank(tx)?;
        Ok(advice.trace_number)
    });
    booked.expect("the movement is matched")
}

#[test]
fn a_guest_is_told_of_each_figure_that_is_shown_and_of_no_movement_of_the_bank() {
    run(async {
        let mut paired = Paired::new();
        let trace = too_much(&mut paired.pair.store);
        let node = &paired.provider;
        let (own, guest) = (node.client("all").await, node.client("all-partner").await);
        let list = format!("/remittances?q={trace}");
        let page = first(&guest.get(&list).await, "/remittances/");
        let id = page.trim_start_matches("/remittances/").to_owned();
        for name in ["bank", "bank-1", "leftover"] {
            let figure = format!("/explain/remittance/{id}/{name}");
            assert_eq!(own.get(&figure).await.status, StatusCode::OK, "{name}");
            assert_eq!(guest.get(&figure).await.status, StatusCode::NOT_FOUND, "{name}");
            for path in [&list, &page] {
                assert!(!guest.get(path).await.body.contains(&figure), "{path} {name}");
            }
        }
        assert!(own.get(&list).await.body.contains(&format!("/explain/remittance/{id}/bank")));
        // Nor how the bank's movements match, by word, filter or order.
        let words = ["leftover", "balanced", "awaited"];
        let status = |word: &str| format!("</span> {word}");
        assert!(own.get(&page).await.body.contains("The payment is leftover."));
        assert!(own.get(&list).await.body.contains(&status("leftover")));
        for path in [list.as_str(), page.as_str(), "/remittances"] {
            let body = guest.get(path).await.body;
            for word in words {
                assert!(!body.contains(&status(word)), "{path} {word}: {body}");
                assert!(!body.contains(&format!("The payment is {word}.")), "{path} {word}");
            }
        }
        let rows = |reply: Reply| -> Vec<String> {
            let links = reply.body.split("href=\"/remittances/").skip(1);
            let ids = links.filter_map(|rest| rest.split('"').next()).map(str::to_owned);
            ids.filter(|id| id.len() > 30).collect()
        };
        let usual = rows(guest.get("/remittances").await);
        assert!(usual.len() > 1, "{usual:?}");
        for column in ["bank", "leftover"] {
            let sorted = guest.get(&format!("/remittances?sort={column}")).await;
            assert_eq!(rows(sorted), usual, "{column} orders nothing");
        }
        for word in words {
            let filtered = guest.get(&format!("/remittances?outcome={word}")).await;
            assert_eq!(rows(filtered), [""; 0], "{word} finds nothing");
        }
        for node in [&paired.payer, &paired.provider] {
            let guest = node.client("all-partner").await;
            for start in ["/files", "/remittances"] {
                let list = guest.get(start).await;
                let page = guest.get(&first(&list, &format!("{start}/"))).await;
                let links = [&list.body, &page.body].map(|body| body.split("href=\"/explain/"));
                let links = links.into_iter().flat_map(|links| links.skip(1));
                let links: BTreeSet<String> = links
                    .filter_map(|rest| rest.split('"').next())
                    .map(|rest| rest.replace("&amp;", "&"))
                    .collect();
                assert!(links.len() > 3, "{start} shows figures: {links:?}");
                for link in links.iter().take(60) {
                    let told = guest.get(&format!("/explain/{link}")).await;
                    assert_eq!(told.status, StatusCode::OK, "{start} shows {link}");
                }
            }
        }
    });
}

#[test]
fn a_form_that_is_not_ours_changes_nothing() {
    run(async {
        let paired = Paired::new();
        let node = &paired.payer;
        let policy = Policy::built_in();
        let objects = Objects::of(node).await;
        let (person, other) = (node.client("all").await, node.client("po").await);
        assert_ne!(person.token, other.token);
        let mut posts = 0;
        for rule in policy.rules().iter().filter(|r| r.method == "POST" && r.path != "/sign-in") {
            posts += 1;
            let [path, ..] = objects.paths(rule);
            for token in [None, Some(""), Some("wrong"), Some(other.token.as_str())] {
                let fields: Vec<(&str, &str)> =
                    token.iter().map(|token| ("token", *token)).collect();
                let reply = person.send(form(&path, &fields)).await;
                assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} with token {token:?}");
            }
            let elsewhere = Request::post(&path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("host", "node.example")
                .header("origin", "https://elsewhere.example")
                .body(Body::from(format!("token={}", person.token)));
            let reply = person.send(elsewhere.unwrap()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} from elsewhere");
            // The cookie of one person with the token of another, and a cookie that is none.
            let borrowed = person.with_cookie(&other.cookie);
            let reply = borrowed.post(&path, &[]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} in another's session");
            let made_up = person.with_cookie("counterfoil=00");
            let reply = made_up.post(&path, &[]).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path} in no session");
        }
        assert!(posts >= 9, "{posts}");
        upload_without_token(&person, &other).await;
        let left = person.post("/sign-out", &[]).await;
        assert_eq!(left.status, StatusCode::SEE_OTHER);
        let late = person.post("/audit/verification", &[]).await;
        assert!(late.location.starts_with("/sign-in"), "a session that was ended is none");
    });
}

/// A file is taken only behind the token of the session.
async fn upload_without_token(person: &Client, other: &Client) {
    let part = |name: &str, content: &str| {
        let file = if name == "file" { "; filename=\"a.837\"" } else { "" };
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    let token = |token: &str| part("token", token);
    let parts = [
        part("file", "ISA*"),
        token("wrong") + &part("file", "ISA*"),
        token(&other.token) + &part("file", "ISA*"),
        part("file", "ISA*") + &token(&person.token),
    ];
    for body in parts {
        let request = Request::post("/files")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from(format!("{body}--b--\r\n")))
            .unwrap();
        assert_eq!(person.send(request).await.status, StatusCode::FORBIDDEN);
    }
}
