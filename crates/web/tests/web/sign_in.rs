//! Signing in and out, waiting after failures, idle time, and the headers that keep pages private.

use super::client::{Client, Node, form, post, run};
use super::generated::{Mood, PASSWORD};
use axum::http::StatusCode;

async fn attempt(client: &Client, name: &str, password: &str) -> super::client::Reply {
    client.send(post("/sign-in", &form(&[("name", name), ("password", password)]))).await
}

#[test]
fn the_cookie_is_kept_from_scripts_and_other_sites() {
    run(async {
        let plain = Node::new();
        let reply = attempt(&plain.stranger(), "pb", PASSWORD).await;
        let cookie = reply.header("set-cookie");
        assert!(cookie.starts_with("counterfoil="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
        let secure = Node::with(Mood::Full, |settings| settings.is_tls = true);
        let reply = attempt(&secure.stranger(), "pb", PASSWORD).await;
        let cookie = reply.header("set-cookie");
        assert!(cookie.starts_with("__Host-counterfoil="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
        assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    });
}

#[test]
fn wrong_name_wrong_password_and_closed_account_look_alike() {
    run(async {
        let node = Node::new();
        let client = node.stranger();
        let mut answers = Vec::new();
        for (name, password) in [("pb", "wrong"), ("nobody", "wrong"), ("closed", PASSWORD)] {
            let reply = attempt(&client, name, password).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name}");
            assert_eq!(reply.header("set-cookie"), "", "{name}");
            answers.push(reply.body.replace(&format!("value=\"{name}\""), "value=\"\""));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        let audit = node.desk.audit.lock().unwrap();
        assert_eq!(audit.iter().filter(|e| e.action == "sign-in refused").count(), 3);
        assert!(audit.iter().all(|event| !event.subject.contains("nobody")));
    });
}

#[test]
fn after_three_failures_one_waits_even_with_the_right_password() {
    run(async {
        let node = Node::new();
        let client = node.stranger();
        for _ in 0..4 {
            attempt(&client, "pb", "wrong").await;
        }
        let waits = attempt(&client, "PB", PASSWORD).await;
        assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(waits.text().contains("Wait 2 seconds"), "{}", waits.text());
        node.later(2);
        assert_eq!(attempt(&client, "pb", PASSWORD).await.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn idle_people_are_signed_out_and_the_stream_does_not_keep_them_in() {
    run(async {
        let node = Node::new();
        let client = node.client("pb").await;
        node.later(800);
        assert_eq!(client.get("/claims").await.status, StatusCode::OK);
        node.later(800);
        let stream = client.open(super::client::get("/events")).await;
        assert_eq!(stream.status(), StatusCode::OK);
        node.later(100);
        let gone = client.get("/claims?q=a").await;
        assert_eq!(gone.header("location"), "/sign-in?next=%2Fclaims%3Fq%3Da");
        let page = client.get(&gone.header("location")).await;
        assert!(page.text().contains("You were signed out because nothing was done"));
        assert!(page.body.contains("name=\"next\" value=\"/claims?q=a\""));
        // Staying signed in is one request.
        let client = node.client("pb").await;
        for _ in 0..3 {
            node.later(800);
            assert_eq!(client.post("/session", &[]).await.status, StatusCode::NO_CONTENT);
        }
    });
}

#[test]
fn signing_out_ends_the_session_for_good() {
    run(async {
        let node = Node::new();
        let client = node.client("pb").await;
        let out = client.post("/sign-out", &[]).await;
        assert_eq!(out.header("location"), "/sign-in");
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(client.get("/claims").await.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn every_answer_is_kept_private_and_holds_nothing_inline() {
    run(async {
        let node = Node::new();
        let client = node.client("all").await;
        let claim = node.desk.world.claims[0].id.clone();
        let pages = [
            "/queue",
            "/files",
            "/claims",
            &format!("/claims/{claim}"),
            "/check",
            "/remittances",
            "/ledger",
            "/ledger/entries",
            "/audit",
            "/node",
            "/find?q=LHP",
            "/keys",
            "/none",
            "/claims/none",
            "/claims/export",
            "/sign-out",
        ];
        for path in pages {
            let reply = client.get(path).await;
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
            let policy = reply.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"));
            assert!(!policy.contains("unsafe"), "{path}");
            for inline in [" style=\"", "<style", " onclick", "javascript:", "<script>"] {
                assert!(!reply.body.contains(inline), "{path} holds {inline}");
            }
        }
    });
}

#[test]
fn roles_begin_where_their_work_is() {
    run(async {
        let node = Node::new();
        for (name, home) in
            [("po", "/queue"), ("co", "/audit"), ("ad", "/node"), ("cm", "/settlements")]
        {
            let client = node.client(name).await;
            let reply = client.get("/").await;
            assert_eq!(reply.header("location"), home);
            assert_eq!(client.get(home).await.status, StatusCode::OK);
        }
    });
}
