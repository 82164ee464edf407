//! The work list of claims that wait to be corrected, and two people who act at once.

use super::client::plan;
use super::crawl::{crawl, first, run};
use super::paired::Paired;
use axum::http::StatusCode;
use counterfoil_claim::read_file;
use counterfoil_operations::OperationsError;
use counterfoil_operations::provider::release;
use counterfoil_store::Store;
use counterfoil_x12::ReadOptions;

#[test]
fn nothing_is_withdrawn_in_a_folder_whose_work_waits_since_it_was_restored() {
    run(async {
        let paired = Paired::new();
        let client = paired.provider.client("pb").await;
        let path = first(&client.get("/held").await, "/held/");
        let mark = paired.provider.folder.path().join(counterfoil_desk::RESTORED_FILE);
        std::fs::write(&mark, "").expect("a mark");
        let address = format!("{path}/withdrawal");
        let refused = client.post(&address, &[]).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.body);
        assert!(refused.body.contains("restore --met-everyone --by NAME"), "{}", refused.body);
        let page = client.get(&path).await.body;
        assert!(page.contains("Nothing is decided, sent, taken in or paid"), "an alarm: {page}");
        assert!(page.contains("/withdrawal"), "it waits as before");
        std::fs::remove_file(&mark).expect("a mark");
        assert_eq!(client.post(&address, &[]).await.status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn of_two_people_who_withdraw_a_held_claim_the_second_is_told_who_was_first() {
    run(async {
        let paired = Paired::new();
        let node = &paired.provider;
        let (one, other) = (node.client("pb").await, node.client("all").await);
        let list = one.get("/held").await;
        assert!(list.body.contains("no valid check digit"), "{}", list.body);
        assert!(list.body.contains("2 claims wait to be corrected"), "the alarm says so");
        let path = first(&list, "/held/");
        let page = one.get(&path).await;
        for words in ["A digit was mistyped.", "Look the number up", "waits to be corrected"] {
            assert!(page.body.contains(words), "{words}");
        }
        assert!(page.body.contains("action=\"/files\""), "the corrected file is sent from here");
        let (opened, broken) = crawl(&one, &["/held".to_owned(), path.clone()]).await;
        assert!(broken.is_empty() && opened > 3, "{broken:?}");
        let address = format!("{path}/withdrawal");
        let done = one.post(&address, &[]).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()));
        let second = other.post(&address, &[]).await;
        assert_eq!(second.status, StatusCode::CONFLICT);
        assert!(second.body.contains("pb has withdrawn it already"), "{}", second.body);
        assert!(other.get(&path).await.body.contains("pb withdrew it on"), "and its page says so");
        let left = other.get("/held/export").await.body;
        assert_eq!(left.matches("no valid check digit").count(), 1, "{left}");
        let filtered = other.get("/held/export?q=no-such-word").await.body;
        assert!(!filtered.contains("no valid check digit"));
    });
}

#[test]
fn a_claim_that_went_out_corrected_leaves_the_list() {
    run(async {
        let (month, mut paired) = (plan(), Paired::new());
        let client = paired.provider.client("pb").await;
        let path = first(&client.get("/held").await, "/held/");
        let store: &mut Store = &mut paired.pair.store;
        let day = counterfoil_base::Date::constant(2025, 7, 30);
        let closed: Result<u64, OperationsError> = store.transaction("release", |tx| {
            let mut closed = 0;
            let file = month.files.first().expect("files");
            for read in read_file(&file.bytes, ReadOptions::default()).claims.iter().take(2) {
                closed += release(tx, &read.claim, ("another file", "the corrected file", day))?;
            }
            Ok(closed)
        });
        assert_eq!(closed.expect("claims are released"), 2);
        let page = client.get(&path).await.body;
        assert!(page.contains("went out corrected on 2025-07-30"), "{page}");
        assert!(!page.contains("/withdrawal"), "nothing is to be done any more");
        let list = client.get("/held").await.body;
        assert!(list.contains("No claim waits to be corrected"), "{list}");
        assert!(!list.contains("wait to be corrected</a>"), "no alarm without a cause");
    });
}
