//! The event stream: what changed, for whom, and where it goes on after a cut.

use super::client::{Client, Node, get, run};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use std::time::Duration;

/// Reads the stream until it has said something, or not for a while.
async fn read(client: &Client, path: &str, last: Option<&str>) -> String {
    let mut request = get(path);
    if let Some(last) = last {
        request.headers_mut().insert("last-event-id", last.parse().unwrap());
    }
    let response = client.open(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut stream = response.into_body().into_data_stream();
    let mut text = String::new();
    while let Ok(Some(Ok(chunk))) =
        tokio::time::timeout(Duration::from_millis(300), stream.next()).await
    {
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    text
}

#[test]
fn what_changes_arrives_once_and_goes_on_after_a_cut() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        node.desk.tell("work", "Something is new.");
        node.desk.tell("file/f1", "A file was read.");
        let all = read(&client, "/events?after=0", None).await;
        insta::assert_snapshot!(all.trim(), @r#"
        id: 1
        event: change
        data: work
        data: Something is new.

        id: 2
        event: change
        data: file/f1
        data: A file was read.
        "#);
        let resumed = read(&client, "/events?after=0", Some("1")).await;
        assert!(!resumed.contains("id: 1\n") && resumed.contains("id: 2\n"), "{resumed}");
        assert_eq!(read(&client, "/events?after=2", None).await, "");
    });
}

#[test]
fn a_change_wakes_an_open_stream() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let desk = node.desk.clone();
        let tell = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            desk.tell("work", "Something is new.");
        };
        let (text, ()) = tokio::join!(read(&client, "/events?after=0", None), tell);
        assert!(text.contains("event: change"), "{text}");
    });
}

#[test]
fn a_partner_hears_of_own_claims_only() {
    run(async {
        let node = Node::new();
        let of = |partner| node.desk.world.claims.iter().find(|c| c.partner == partner).unwrap();
        for partner in [0, 1] {
            node.desk.tell(&format!("claim/{}", of(partner).id), "A claim changed.");
        }
        let text = read(&node.client("pb-harbor").await, "/events?after=0", None).await;
        assert!(text.contains(&of(0).id) && !text.contains(&of(1).id), "{text}");
    });
}

#[test]
fn the_stream_says_when_the_person_is_signed_out() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let response = client.open(get("/events?after=0")).await;
        node.later(900);
        node.desk.tell("work", "Something is new.");
        let mut stream = response.into_body().into_data_stream();
        let first = stream.next().await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&first).contains("event: signed-out"));
        assert!(stream.next().await.is_none());
    });
}
