//! Every figure on every page opens, and the page that it opens shows the same figure.

use super::client::{Client, Node, run};
use axum::http::StatusCode;
use std::collections::BTreeMap;

/// Figures of a page: address and the text that is shown.
fn figures(body: &str) -> BTreeMap<String, String> {
    let links = body.split("<a class=\"figure").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let address = attributes.split_once("href=\"")?.1.split('"').next()?;
        Some((address.replace("&amp;", "&"), rest.split("</a>").next()?.to_owned()))
    });
    links.collect()
}

async fn crawl(client: &Client, start: &[String]) -> (usize, Vec<String>) {
    let mut broken = Vec::new();
    let mut opened = BTreeMap::new();
    for page in start {
        let reply = client.get(page).await;
        assert_eq!(reply.status, StatusCode::OK, "{page}");
        // Three steps lead to the source row: figure, its inputs, their inputs.
        let mut round = figures(&reply.body);
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
                next.extend(figures(&reply.body).into_iter().take(12));
            }
            round = next;
        }
    }
    (opened.len(), broken)
}

#[test]
fn every_figure_opens_the_same_figure() {
    run(async {
        let node = Node::new();
        let client = node.client("all").await;
        let world = &node.desk.world;
        let of = |state: &str| world.claims.iter().find(|c| c.state == state).unwrap().id.clone();
        let payment = world.payments.iter().find(|p| p.outcome == "leftover").unwrap();
        let mut pages: Vec<String> = [
            "/queue",
            "/files",
            "/claims?state=paid&sort=-billed",
            "/remittances",
            "/ledger",
            "/ledger/entries",
            "/audit",
            "/node",
            "/claims?q=no-such-word",
            "/contracts",
            "/contracts/c1",
            "/contracts/c1/simulation?draws=20&vary=size%3D5%2C000%2010%2C000",
            "/settlements",
            "/settlements/s2018?row=2",
            "/settlements/s2019",
        ]
        .map(str::to_owned)
        .into();
        for state in ["paid", "denied", "pended", "rejected"] {
            pages.push(format!("/claims/{}", of(state)));
        }
        pages.push(format!("/claims/{}/check", of("pended")));
        pages.push(format!("/remittances/{}", payment.id));
        pages.push(format!("/ledger/entries/{}", payment.id));
        pages.push(format!("/files/{}", world.files[17].id));
        let (opened, broken) = crawl(&client, &pages).await;
        assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
        assert!(opened > 500, "only {opened} figures were opened");
    });
}
