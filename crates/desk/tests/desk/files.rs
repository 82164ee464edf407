//! The list of files: a filter finds the rows that show its word.

use super::client::Client;
use super::crawl::run;
use super::paired::Paired;
use std::collections::BTreeMap;

/// Names of the files on the list under an address, each with its state.
async fn states(client: &Client, address: &str) -> BTreeMap<String, String> {
    let body = client.get(address).await.body;
    let lines = body.lines().skip_while(|line| !line.starts_with("name,"));
    let mut lines = lines.map(|line| line.split(','));
    let heads: Vec<&str> = lines.next().expect("a line of headings").collect();
    let at = |head: &str| heads.iter().position(|one| *one == head).expect("a column");
    let (name, state) = (at("name"), at("standing"));
    let cells = lines.map(Iterator::collect::<Vec<&str>>);
    cells.map(|row| (row[name].to_owned(), row[state].to_owned())).collect()
}

#[test]
fn a_filter_by_state_finds_what_shows_this_state() {
    run(async {
        let paired = Paired::new();
        let mut seen = BTreeMap::new();
        for (node, name) in [(&paired.payer, "po"), (&paired.provider, "pb")] {
            let client = node.client(name).await;
            let all = states(&client, "/files/export").await;
            assert!(!all.is_empty());
            for word in ["waiting", "being read", "accepted", "partly refused", "refused"] {
                let asked = format!("/files/export?standing={}", word.replace(' ', "+"));
                let mut wanted = all.clone();
                wanted.retain(|_, state| state == word);
                assert_eq!(states(&client, &asked).await, wanted, "{word}");
                *seen.entry(word).or_insert(0) += wanted.len();
            }
        }
        assert!(seen["accepted"] > 0 && seen["waiting"] > 0, "{seen:?}");
    });
}
