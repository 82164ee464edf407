//! Forms: where they may come from, two people at once, drafts, the check before sending.

use super::client::{Node, form, post, run};
use axum::http::StatusCode;
use counterfoil_web::Policy;

#[test]
fn no_form_is_taken_without_the_token_or_from_elsewhere() {
    run(async {
        let node = Node::new();
        let client = node.client("all").await;
        let claim = node.desk.world.claims.iter().find(|c| c.state == "pended").unwrap();
        let rules = Policy::built_in();
        let posts = rules.rules().iter().filter(|r| r.method == "POST" && r.path != "/sign-in");
        for rule in posts {
            let path = rule.path.replace("{id}", &claim.id);
            let fields = [("choice", "approve"), ("reason", "x"), ("text", "ISA")];
            let without = client.send(post(&path, &form(&fields))).await;
            assert_eq!(without.status, StatusCode::FORBIDDEN, "{path} without the token");
            // A form with a file is read by who takes files, and by nobody else.
            let mut other = post(&path, "--b\r\n\r\n--b--\r\n");
            let kind = "multipart/form-data; boundary=b".parse().unwrap();
            other.headers_mut().insert("content-type", kind);
            let other = client.send(other).await;
            let is_taken = path == "/files";
            let status = if is_taken { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
            assert_eq!(other.status, status, "{path} as a form with a file");
            let mut with = fields.to_vec();
            with.push(("token", client.token.as_str()));
            for (header, value) in [
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
                ("origin", "null"),
            ] {
                let mut request = post(&path, &form(&with));
                request.headers_mut().insert(header, value.parse().unwrap());
                let reply = client.send(request).await;
                assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} with {header} {value}");
            }
        }
        assert!(node.desk.decided.lock().unwrap().is_empty());
        assert_eq!(client.get("/keys").await.status, StatusCode::OK, "nobody was signed out");
    });
}

#[test]
fn of_two_people_who_decide_at_once_one_is_told() {
    run(async {
        let node = Node::new();
        let (one, other) = (node.client("po").await, node.client("all").await);
        let id = node.desk.world.claims.iter().find(|c| c.state == "pended").unwrap().id.clone();
        let path = format!("/claims/{id}/decision");
        let fields = [("choice", "approve"), ("version", "0")];
        let page = one.get(&format!("/claims/{id}")).await;
        assert!(page.text().contains("Approve as priced"));
        assert_eq!(one.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
        let late =
            other.post(&path, &[("choice", "deny"), ("version", "0"), ("reason", "no")]).await;
        let text = late.text();
        let told = text.lines().filter(|line| line.contains(": ") && !line.contains("Ref"));
        insta::assert_snapshot!(told.skip(1).collect::<Vec<_>>().join("\n"), @r#"
        What happened: This claim has already been decided.
        Why: Another person was quicker.
        What to do: Load the claim again to see the decision; a reversal undoes it.
        What stayed unchanged: The decision that was made first.
        "#);
        assert_eq!(late.status, StatusCode::CONFLICT);
        let decided = node.desk.decided.lock().unwrap();
        assert_eq!(decided.get(&id).unwrap().0, "approve");
    });
}

#[test]
fn a_decision_without_choice_or_reason_comes_back_with_what_is_missing() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let id = node.desk.world.claims.iter().find(|c| c.state == "pended").unwrap().id.clone();
        let path = format!("/claims/{id}/decision");
        for (fields, says) in [
            (vec![("version", "0")], "Choose what to decide."),
            (vec![("version", "0"), ("choice", "deny")], "Write the reason for this decision."),
        ] {
            let reply = client.post(&path, &fields).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(reply.text().contains(says), "{says}");
        }
        assert!(node.desk.decided.lock().unwrap().is_empty());
    });
}

#[test]
fn what_was_typed_outlives_the_session() {
    run(async {
        let node = Node::new();
        let client = node.client("po").await;
        let id = node.desk.world.claims.iter().find(|c| c.state == "pended").unwrap().id.clone();
        let page = client.get(&format!("/claims/{id}")).await;
        let name = page.attribute("data-form");
        assert!(!name.is_empty());
        node.later(900);
        // The form is sent after the person was signed out.
        let fields = [
            ("form", name.as_str()),
            ("choice", "deny"),
            ("reason", "not <covered> & \"so\""),
            ("version", "0"),
        ];
        let late = client.post(&format!("/claims/{id}/decision"), &fields).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER);
        assert!(late.header("location").starts_with("/sign-in?next="));
        assert!(node.desk.decided.lock().unwrap().is_empty());
        let again = node.client("po").await;
        let page = again.get(&format!("/claims/{id}")).await;
        assert!(page.text().contains("not <covered> & \"so\""), "{}", page.text());
        // Another person does not see it.
        let other = node.client("all").await;
        assert!(!other.get(&format!("/claims/{id}")).await.text().contains("<covered>"));
        // Sending it forgets the draft.
        let sent = again.post(&format!("/claims/{id}/decision"), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        assert!(node.desk.drafts.lock().unwrap().is_empty());
    });
}

#[test]
fn drafts_are_kept_while_typing() {
    run(async {
        let node = Node::new();
        let client = node.client("pb").await;
        let fields = [("form", "%2Fcheck"), ("text", "ISA*half a file")];
        assert_eq!(client.post("/drafts", &fields).await.status, StatusCode::NO_CONTENT);
        assert!(client.get("/check").await.text().contains("ISA*half a file"));
    });
}

#[test]
fn the_check_orders_what_to_mend_and_tries_a_value() {
    run(async {
        let node = Node::new();
        let client = node.client("pb").await;
        let empty = client.post("/check", &[("text", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let invalid = client.post("/check", &[("text", "hello")]).await;
        assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(invalid.text().contains("It does not begin with ISA."));
        let held = client.post("/check", &[("text", "ISA*00*")]).await;
        assert!(held.text().contains("mend before sending"), "{}", held.text());
        let ready = client.post("/check", &[("text", "ISA*00*"), ("try-address", "12 Elm")]).await;
        assert!(ready.text().contains("ready to send"), "{}", ready.text());
    });
}
