//! Files that arrive through a page: whole or not at all, with a limit.

use super::client::{Client, Node, Reply, run};
use super::generated::Mood;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::{StreamExt as _, stream};

const BOUNDARY: &str = "----boundary";

fn part(name: &str, file: Option<&str>, content: &str) -> String {
    let file = file.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
    )
}

fn request(body: Body) -> Request<Body> {
    Request::post("/files")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("sec-fetch-site", "same-origin")
        .body(body)
        .unwrap()
}

async fn send(client: &Client, parts: &[String]) -> Reply {
    client.send(request(Body::from(format!("{}--{BOUNDARY}--\r\n", parts.concat())))).await
}

fn small() -> Node {
    Node::with(Mood::Full, |settings| settings.upload_bytes_max = 1 << 20)
}

#[test]
fn a_file_arrives_once() {
    run(async {
        let node = small();
        let client = node.client("pb").await;
        let parts = [part("token", None, &client.token), part("file", Some("may.837"), "ISA*00*")];
        let first = send(&client, &parts).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
        assert!(first.header("location").starts_with("/files/f"));
        let again = send(&client, &parts).await;
        assert!(again.header("location").ends_with("?known=1"));
        let page = client.get(&again.header("location")).await;
        assert!(page.text().contains("nothing was counted again"));
        let uploads = node.desk.uploads.lock().unwrap();
        // SHA-256 of the seven bytes, computed by another program.
        let digest = "f6b9b5e3ee512cbce4d4be4c20ba3556ca0bda7d8917157cbddb1e2b972c528e";
        assert_eq!(uploads.keys().collect::<Vec<_>>(), [digest]);
        assert_eq!(uploads.values().collect::<Vec<_>>(), ["may.837"]);
        assert_eq!(node.uploads_left(), 0);
    });
}

#[test]
fn what_is_too_large_is_refused_before_and_while_it_comes() {
    run(async {
        let node = small();
        let client = node.client("pb").await;
        // Announced as 5 GB: nothing of it is read.
        let mut announced =
            request(Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>()));
        announced.headers_mut().insert("content-length", "5368709120".parse().unwrap());
        let reply = client.send(announced).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(reply.text().contains("larger than the node takes through a page: 1 MB"));
        // Not announced: it is cut off at the limit, and nothing stays on the disk.
        let head = part("token", None, &client.token);
        let file = part("file", Some("big.837"), "");
        let begin = format!("{head}{}", file.strip_suffix("\r\n").unwrap());
        let chunk = vec![b'x'; 1 << 18];
        let chunks = std::iter::once(begin.into_bytes()).chain(std::iter::repeat_n(chunk, 64));
        // As from a network: each chunk is waited for.
        let chunks = stream::iter(chunks).then(async |chunk| {
            tokio::task::yield_now().await;
            Ok::<_, std::io::Error>(chunk)
        });
        let body = Body::from_stream(chunks);
        let reply = client.send(request(body)).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", reply.text());
        assert_eq!(node.uploads_left(), 0);
        assert!(node.desk.uploads.lock().unwrap().is_empty());
    });
}

#[test]
fn what_is_no_file_of_ours_is_refused_with_a_reason() {
    run(async {
        let node = small();
        let client = node.client("pb").await;
        let token = part("token", None, &client.token);
        let file = part("file", Some("a.837"), "ISA");
        for (parts, status) in [
            (vec![file.clone()], StatusCode::FORBIDDEN),
            (vec![part("token", None, "wrong"), file.clone()], StatusCode::FORBIDDEN),
            (vec![part("token", None, &"x".repeat(500)), file.clone()], StatusCode::FORBIDDEN),
            (
                vec![token.clone(), part("file", Some("a.837"), "")],
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (vec![token.clone()], StatusCode::UNPROCESSABLE_ENTITY),
            (vec![], StatusCode::FORBIDDEN),
        ] {
            assert_eq!(send(&client, &parts).await.status, status, "{parts:?}");
        }
        let cut = format!("{token}{}", file.trim_end());
        let reply = client.send(request(Body::from(cut))).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.text().contains("did not arrive whole"));
        assert_eq!(node.uploads_left(), 0);
        // Who may not send files learns so before the file is read.
        let client = node.client("co").await;
        let refused = send(&client, &[part("token", None, &client.token), file]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    run(async {
        let node = Node::with(Mood::Full, |s| s.upload_folder = "/proc/none".into());
        let client = node.client("pb").await;
        let parts = [part("token", None, &client.token), part("file", Some("a.837"), "ISA")];
        let reply = send(&client, &parts).await;
        assert_eq!(reply.status, StatusCode::INSUFFICIENT_STORAGE);
        assert!(reply.text().contains("the disk may be full"));
    });
}
