//! Every endpoint x role x {own, partner, stranger, anonymous} x {exists, does not}.

use super::client::{Client, Node, Reply, form, get, post, run};
use axum::http::{HeaderMap, StatusCode};
use counterfoil_web::{Policy, Role, Rule, Scope, endpoints};
use std::collections::BTreeSet;

/// Ids of one object of Harbor Hospital of each kind.
struct Objects {
    claim: String,
    file: String,
    payment: String,
    held: String,
    contract: String,
    settlement: String,
}

impl Objects {
    fn of(node: &Node) -> Objects {
        let world = &node.desk.world;
        let is_harbor = |partner: usize| partner == 0;
        Objects {
            claim: world.claims.iter().find(|c| is_harbor(c.partner)).unwrap().id.clone(),
            file: world.files.iter().find(|f| is_harbor(f.partner)).unwrap().id.clone(),
            payment: world.payments.iter().find(|p| is_harbor(p.partner)).unwrap().id.clone(),
            held: world.claims[0].id.clone(),
            contract: "c2".to_owned(),
            settlement: "s2019".to_owned(),
        }
    }

    /// The path of a rule with an object that exists, or with none.
    fn path(&self, rule: &Rule, exists: bool) -> String {
        let id = match rule.path.split('/').nth(1) {
            Some("claims") => &self.claim,
            Some("files") => &self.file,
            Some("held") => &self.held,
            Some("contracts") => &self.contract,
            Some("settlements") => &self.settlement,
            Some("explain") => {
                return match exists {
                    true => format!("/explain/claim/{}/billed", self.claim),
                    false => "/explain/claim/none/billed".to_owned(),
                };
            }
            _ => &self.payment,
        };
        let id = if exists { id.as_str() } else { "none" };
        let asset = "page.css";
        rule.path.replace("{id}", id).replace("{code}", id).replace("{name}", asset)
    }
}

async fn ask(client: &Client, rule: &Rule, path: &str) -> Reply {
    if rule.method == "GET" {
        return client.send(get(path)).await;
    }
    let fields = [("token", client.token.as_str()), ("text", "ISA*"), ("choice", "none")];
    client.send(post(path, &form(&fields))).await
}

/// Headers that say when, and nothing of what.
fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()));
    pairs.filter(|(name, _)| name != "date").collect()
}

/// What the answer says to this person, with the names of single requests taken out.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, String) {
    let mut body = reply.body.clone();
    if let Some((before, rest)) = body.clone().split_once("administrator: <code>") {
        let after = rest.split_once("</code>").map_or("", |(_, after)| after);
        body = format!("{before}{after}");
    }
    (reply.status, plain(&reply.headers), body)
}

fn is_served(reply: &Reply) -> bool {
    let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED];
    let is_sent_away = reply.header("location").starts_with("/sign-in");
    !refused.contains(&reply.status) && !is_sent_away && !reply.status.is_server_error()
}

#[test]
fn every_endpoint_is_in_the_table_and_every_line_is_an_endpoint() {
    let policy = Policy::built_in();
    let listed: BTreeSet<(&str, &str)> =
        policy.rules().iter().map(|rule| (rule.method.as_str(), rule.path.as_str())).collect();
    let served: BTreeSet<(&str, &str)> = endpoints().into_iter().collect();
    assert_eq!(served.difference(&listed).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
    assert_eq!(listed.difference(&served).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
}

#[test]
fn who_is_not_signed_in_learns_nothing() {
    run(async {
        let node = Node::new();
        let objects = Objects::of(&node);
        let stranger = node.stranger();
        for rule in Policy::built_in().rules().iter().filter(|rule| rule.scope != Scope::Open) {
            let answers = [true, false].map(|exists| objects.path(rule, exists));
            for path in &answers {
                let reply = ask(&stranger, rule, path).await;
                assert_eq!(reply.status, StatusCode::SEE_OTHER, "{} {path}", rule.method);
                assert!(reply.header("location").starts_with("/sign-in"), "{path}");
                assert_eq!(reply.body, "", "{path}");
            }
        }
        let unknown = stranger.get("/no/such/page").await;
        assert_eq!(unknown.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn each_role_of_the_organization_gets_what_the_table_says() {
    run(async {
        let node = Node::new();
        let objects = Objects::of(&node);
        for role in Role::ALL {
            let client = client_of(&node, role, "").await;
            for rule in Policy::built_in().rules().iter().filter(|r| r.path != "/sign-out") {
                // Signing in again would end this person's session.
                if rule.path == "/sign-in" || rule.path.starts_with("/assets") {
                    continue;
                }
                let is_allowed = rule.roles.contains(&role);
                for exists in [true, false] {
                    let path = objects.path(rule, exists);
                    let reply = ask(&client, rule, &path).await;
                    let label =
                        format!("{} {} {path}: {}", role.letters(), rule.method, reply.status);
                    if !is_allowed {
                        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{label}");
                    } else if exists || rule.scope != Scope::Object {
                        assert!(is_served(&reply), "{label}");
                    } else {
                        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{label}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_partner_sees_what_is_shared_and_a_strangers_object_is_as_an_absent_one() {
    run(async {
        let node = Node::new();
        let objects = Objects::of(&node);
        let skipped = ["/sign-out", "/sign-in"];
        for role in Role::ALL {
            let partner = client_of(&node, role, "-harbor").await;
            let stranger = client_of(&node, role, "-maple").await;
            for rule in Policy::built_in().rules() {
                if skipped.contains(&rule.path.as_str()) || rule.path.starts_with("/assets") {
                    continue;
                }
                let (real, absent) = (objects.path(rule, true), objects.path(rule, false));
                let is_allowed = rule.partner && rule.roles.contains(&role);
                let own = ask(&partner, rule, &real).await;
                let label = format!("{} {} {real}: {}", role.letters(), rule.method, own.status);
                if !is_allowed {
                    assert_eq!(own.status, StatusCode::FORBIDDEN, "{label}");
                } else {
                    assert!(is_served(&own), "{label}");
                }
                if rule.scope == Scope::Object {
                    let theirs = told(&ask(&stranger, rule, &real).await);
                    let nothing = told(&ask(&stranger, rule, &absent).await);
                    assert_eq!(theirs, nothing, "{label}");
                    if is_allowed {
                        assert_eq!(theirs.0, StatusCode::NOT_FOUND, "{label}");
                    }
                }
            }
        }
    });
}

#[test]
fn lists_of_a_partner_hold_nothing_of_others() {
    run(async {
        let node = Node::new();
        let client = client_of(&node, Role::ProviderBilling, "-harbor").await;
        let world = &node.desk.world;
        let foreign: Vec<&str> = world
            .claims
            .iter()
            .filter(|claim| claim.partner == 1)
            .flat_map(|claim| [claim.id.as_str(), claim.number.as_str()])
            .chain(world.files.iter().filter(|f| f.partner == 1).map(|f| f.id.as_str()))
            .chain(world.payments.iter().filter(|p| p.partner == 1).map(|p| p.trace.as_str()))
            .chain(["Maple Street"])
            .collect();
        assert!(foreign.len() > 500);
        let pages = [
            "/claims",
            "/claims?page=3",
            "/claims/export",
            "/files",
            "/remittances",
            "/find?q=LHP26",
            "/explain/list/claims/billed",
            "/remittances/export",
            "/contracts",
            "/settlements/export",
        ];
        for path in pages {
            let reply = client.get(path).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            for canary in &foreign {
                assert!(!reply.body.contains(canary), "{path} shows {canary}");
            }
        }
    });
}

#[test]
fn every_read_of_a_persons_record_is_kept_once() {
    run(async {
        let node = Node::new();
        let objects = Objects::of(&node);
        let client = client_of(&node, Role::ProviderBilling, "").await;
        let rules = Policy::built_in();
        let reads = rules
            .rules()
            .iter()
            .filter(|r| r.reads_person && r.roles.contains(&Role::ProviderBilling));
        for rule in reads {
            for exists in [true, false] {
                let path = objects.path(rule, exists);
                let before = node.desk.audit.lock().unwrap().len();
                ask(&client, rule, &path).await;
                let audit = node.desk.audit.lock().unwrap();
                assert_eq!(audit.len(), before + 1, "{} {path}", rule.method);
                let event = audit.last().unwrap();
                assert_eq!(event.account, "pb");
                assert_eq!(event.role, "PB");
                assert_eq!(event.clause, rule.clause);
                assert!(!event.request.is_empty());
            }
        }
    });
}

async fn client_of(node: &Node, role: Role, partner: &str) -> Client {
    node.client(&format!("{}{partner}", role.letters().to_lowercase())).await
}
