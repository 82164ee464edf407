//! The page of one claim on both sides: one timeline, one state and hash, live, or the first
//! difference.

use super::client::{Client, Reply};
use super::crawl::{crawl, figures, first, run};
use super::pair::Pair;
use super::paired::Paired;
use axum::http::StatusCode;
use counterfoil_operations::halves::{
    DisputeStep, Relation, claim_stories, dispute, export_half, import_half, sign_head,
};
use counterfoil_store::Store;
use counterfoil_twin::{PrivateKey, to_hex};

/// The text of an element that begins with these words, without its tags.
fn texts(body: &str, start: &str, end: &str) -> Vec<String> {
    let parts = body.split(start).skip(1).filter_map(|rest| rest.split(end).next());
    let plain = parts.map(|part| {
        let outside = part.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, t)| t));
        outside.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    });
    plain.collect()
}

/// What a page of a claim says of the record.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    said: Vec<String>,
    record: Vec<String>,
    matched: Vec<String>,
}

fn told(reply: &Reply) -> Told {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    Told {
        said: texts(&reply.body, "<div class=\"said\">", "</div>"),
        record: ["In the record:", "State hash:"]
            .iter()
            .flat_map(|start| texts(&reply.body, start, "</p>"))
            .collect(),
        matched: texts(&reply.body, "<div class=\"match\">", "</div>"),
    }
}

async fn page(client: &Client, number: &str) -> (String, Reply) {
    let path = first(&client.get(&format!("/claims?q={number}")).await, "/claims/");
    let reply = client.get(&path).await;
    (path, reply)
}

/// The page of the provider's billing under a number that shows this hash: a correction has the
/// number of what it corrects.
async fn billing(client: &Client, number: &str, hash: &str) -> Reply {
    let list = client.get(&format!("/claims?q={number}")).await.body;
    for rest in list.split("href=\"/claims/").skip(1) {
        let id = rest.split('"').next().unwrap_or_default();
        let reply = client.get(&format!("/claims/{id}")).await;
        if id.len() > 30 && reply.body.contains(hash) {
            return reply;
        }
    }
    panic!("no billing {number} has the state {hash}");
}

/// Both sign a head of their halves and countersign the other's, as a session does.
fn countersign(payer_store: &mut Store, pair: &mut Pair, now_ms: i64) {
    let sign = |store: &mut Store, relation: &Relation, key: &PrivateKey| {
        let signed = store.transaction("head", |tx| sign_head(tx, relation, (key, now_ms)));
        signed.expect("a head is signed").expect("the half has events")
    };
    let keep = |store: &mut Store, relation: &Relation, entry: &counterfoil_twin::HeadEntry| {
        let head = &entry.signed.head;
        let kept = store.transaction("keep", |tx| {
            tx.set_twin_head(relation.id, (head.author.sign(), head.tree.size), &entry.encode())
        });
        kept.expect("a head is kept");
    };
    let (payer, provider) = (&pair.payer, &pair.provider);
    let own = sign(payer_store, &payer.relation, &payer.key);
    let both = own.signed.countersign(&provider.key);
    keep(payer_store, &payer.relation, &both);
    keep(&mut pair.store, &provider.relation, &both);
    let own = sign(&mut pair.store, &provider.relation, &provider.key);
    let both = own.signed.countersign(&payer.key);
    keep(&mut pair.store, &provider.relation, &both);
    keep(payer_store, &payer.relation, &both);
}

/// What the head of a page says of the partner; no row of the page speaks of it.
async fn head_of(client: &Client) -> &'static str {
    let body = client.get("/files").await.body;
    let said = ["both sides equal", "match unknown", "differs in"];
    said.into_iter().find(|words| body.contains(words)).unwrap_or("nothing")
}

#[test]
fn the_head_of_each_page_says_whether_all_is_equal() {
    run(async {
        let mut paired = Paired::new();
        let payer = paired.payer.client("po").await;
        let provider = paired.provider.client("pb").await;
        for client in [&payer, &provider] {
            let said = head_of(client).await;
            assert_eq!(said, "match unknown", "nobody has signed yet");
        }
        countersign(&mut paired.payer_store, &mut paired.pair, paired.now_ms);
        for client in [&payer, &provider] {
            let said = head_of(client).await;
            assert_eq!(said, "both sides equal");
        }
        let relation = paired.pair.provider.relation.clone();
        let rows = paired.pair.store.transaction("claims", |tx| tx.twin_claims(relation.id));
        let rows = rows.expect("claims are read");
        let denied = rows.iter().find(|row| row.standing == "denied").expect("a denied claim");
        let said = (DisputeStep::Open, "the authorization was on file");
        let opened = paired
            .pair
            .store
            .transaction("dispute", |tx| dispute(tx, &relation, &denied.subject, said));
        opened.expect("a denied claim is disputed");
        paired.pair.exchange(&mut paired.payer_store, paired.now_ms + 1_000);
        for client in [&payer, &provider] {
            let said = head_of(client).await;
            assert_eq!(said, "match unknown", "the dispute is not signed for");
        }
    });
}

#[test]
fn both_sides_show_one_timeline_one_state_and_one_hash() {
    run(async {
        let mut paired = Paired::new();
        countersign(&mut paired.payer_store, &mut paired.pair, paired.now_ms);
        let payer = paired.payer.client("po").await;
        let provider = paired.provider.client("pb").await;
        let relation = paired.pair.payer.relation.clone();
        let rows = paired.payer_store.transaction("claims", |tx| tx.twin_claims(relation.id));
        let rows = rows.expect("claims are read");
        let mut seen = std::collections::BTreeMap::new();
        for row in rows.iter().filter(|row| !row.claim_control_number.is_empty()) {
            let count: &mut u32 = seen.entry(row.standing.as_str()).or_default();
            *count += 1;
            if *count > 3 {
                continue;
            }
            let number = &row.claim_control_number;
            let left = told(&page(&payer, number).await.1);
            // What `counterfoil twin show` prints.
            let stories = paired.pair.store.transaction("show", |tx| claim_stories(tx, number));
            let hash = stories.expect("a story")[0].claim.state_hash.expect("a state");
            let hash = to_hex(&hash);
            let right = told(&billing(&provider, &row.patient_control_number, &hash).await);
            assert_eq!(left, right, "{number}");
            assert!(left.said.len() >= 2, "{left:?}");
            assert_eq!(left.matched, [format!("✓ both sides equalBoth hold the state {hash}.")]);
            let record = left.record.concat();
            assert!(record.contains(&row.standing) && record.contains(&hash), "{record}");
        }
        assert!(seen.len() >= 3, "claims in several states: {seen:?}");
    });
}

#[test]
fn what_one_side_says_is_live_on_the_other() {
    run(async {
        let mut paired = Paired::new();
        countersign(&mut paired.payer_store, &mut paired.pair, paired.now_ms);
        let payer = paired.payer.client("po").await;
        let provider = paired.provider.client("pb").await;
        for node in [&paired.payer, &paired.provider] {
            node.desk.notice().expect("nothing is new, and it is known");
            assert_eq!(*node.desk.newest_event().borrow(), 0);
        }
        let denied = first(&provider.get("/claims?state=denied").await, "/claims/");
        let before = told(&provider.get(&denied).await);
        let relation = paired.pair.provider.relation.clone();
        let number = texts(&provider.get(&denied).await.body, "<h1", "</h1>").concat();
        let number = number.split_whitespace().last().expect("a number").to_owned();
        let stories = paired.pair.store.transaction("story", |tx| claim_stories(tx, &number));
        let subject = stories.expect("a story").remove(0).claim.subject;
        let said = (DisputeStep::Open, "the authorization was on file");
        let opened =
            paired.pair.store.transaction("dispute", |tx| dispute(tx, &relation, &subject, said));
        opened.expect("a denied claim is disputed");
        paired.pair.exchange(&mut paired.payer_store, paired.now_ms + 1_000);
        for node in [&paired.payer, &paired.provider] {
            node.desk.notice().expect("what is new is told");
            let newest = *node.desk.newest_event().borrow();
            assert_eq!(newest, 2, "the claim, and the work that it is");
            node.desk.notice().expect("and told once");
            assert_eq!(*node.desk.newest_event().borrow(), newest);
        }
        let (path, reply) = page(&payer, &number).await;
        assert!(reply.body.contains(&format!("data-live=\"claim/{}\"", &path["/claims/".len()..])));
        let (left, right) = (told(&reply), told(&provider.get(&denied).await));
        assert_eq!((&left.said, &left.record), (&right.said, &right.record));
        assert_ne!(right.record, before.record, "the dispute is part of the state");
        assert!(left.said.last().expect("events").contains("the authorization was on file"));
        assert!(left.matched[0].contains("both sides equal"), "the payer said nothing new");
        assert!(right.matched[0].contains("has not yet signed"), "{:?}", right.matched);
        countersign(&mut paired.payer_store, &mut paired.pair, paired.now_ms + 2_000);
        let right = told(&provider.get(&denied).await);
        assert_eq!(right, told(&page(&payer, &number).await.1));
    });
}

#[test]
fn a_half_that_differs_is_named_by_its_first_event() {
    run(async {
        let mut paired = Paired::new();
        let mut file = Vec::new();
        let provider = &paired.pair.provider;
        let signer = (&provider.key, paired.now_ms);
        export_half(&mut paired.pair.store, &provider.relation, signer, &mut |piece| {
            file.extend_from_slice(piece);
            Ok(())
        })
        .expect("a half is written");
        let middle = file.len() / 2;
        file[middle] ^= 1;
        let relation = &paired.pair.payer.relation;
        let refused = import_half(&mut paired.payer_store, relation, &file);
        let refused = refused.expect_err("a changed byte is found").to_string();
        assert!(refused.contains("event"), "{refused}");
        paired.payer.desk.set_difference(&relation.partner, Some(refused.clone()));
        let guest = paired.payer.client("all-partner").await;
        let shown = told(&guest.get(&first(&guest.get("/claims").await, "/claims/")).await);
        assert!(shown.matched[0].contains("differs in 1"), "{:?}", shown.matched);
        assert!(shown.matched[0].contains(refused.split(';').next().unwrap()), "{refused}");
        paired.payer.desk.set_difference(&relation.partner, None);
        let shown = told(&guest.get(&first(&guest.get("/claims").await, "/claims/")).await);
        assert!(!shown.matched[0].contains("differs"), "{:?}", shown.matched);
    });
}

#[test]
fn the_scorecard_is_the_same_on_both_sides_and_every_number_opens() {
    run(async {
        let paired = Paired::new();
        let (payer, provider) = (&paired.pair.payer, &paired.pair.provider);
        let mut cards = Vec::new();
        for (node, partner) in [
            (&paired.payer, payer.relation.partner.as_str()),
            (&paired.provider, provider.relation.partner.as_str()),
        ] {
            let client = node.client("all").await;
            let page = format!("/scorecard?with={partner}");
            let claim = first(&client.get("/claims?state=paid").await, "/claims/");
            let (opened, broken) = crawl(&client, &[page.clone(), claim]).await;
            assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
            assert!(opened > 30, "{opened}");
            let file = client.get(&format!("/scorecard/export?with={partner}")).await;
            assert_eq!(file.status, StatusCode::OK);
            let rows = file.body.split("\r\n").skip_while(|row| !row.is_empty()).skip(2);
            let rows: Vec<String> =
                rows.map(|row| row.replace(&format!(",{partner},"), ",partner,")).collect();
            assert_eq!(rows.iter().filter(|row| row.contains(",partner,")).count(), 8, "{rows:?}");
            // What each side's own work is worth, above the card, is its own.
            let shown = figures(&client.get(&page).await.body).into_iter();
            let shown = shown.filter(|(address, _)| address.contains("score"));
            let shown: Vec<String> = shown.map(|(_, figure)| figure).collect();
            assert!(shown.len() > 20, "{shown:?}");
            cards.push((rows, shown));
        }
        assert_eq!(cards[0], cards[1]);
        let decided = cards[0].0.iter().find(|row| row.starts_with("From receipt to decision"));
        let decided: Vec<&str> = decided.expect("a row").split(',').collect();
        assert!(decided[2].parse::<u64>().is_ok_and(|claims| claims > 50), "{decided:?}");
        let guest = paired.payer.client("all-stranger").await;
        let other = guest.get(&format!("/scorecard?with={}", payer.relation.partner)).await;
        assert!(!other.body.contains("From receipt to decision"), "of a stranger's relationship");
    });
}
