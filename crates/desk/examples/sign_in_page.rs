//! Opens the desk of an empty payer's folder and asks its sign-in page without a socket:
//! `cargo run -p counterfoil-desk --example sign_in_page`.
#![allow(clippy::disallowed_macros, reason = "an example prints")]

use axum::body::Body;
use axum::http::Request;
use counterfoil_base::Phi;
use counterfoil_desk::{OfficeDesk, add_account, pages};
use counterfoil_store::{Side, Store};
use counterfoil_web::{Role, Settings, Surroundings};
use jiff::Timestamp;
use std::error::Error;
use std::sync::Arc;
use tower::ServiceExt as _;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut store = Store::open(&folder.path().join("counterfoil.sqlite"))?;
    let password = Phi::new("correct horse battery".to_owned());
    // A node takes these bytes from the system; every account needs others.
    add_account(&mut store, "dana", &[Role::PayerOperations], &password, [1; 32])?;
    drop(store);
    let desk = OfficeDesk::open(folder.path(), Side::Payer, "Foxglove", None, [2; 32])?;
    let desk = Arc::new(desk);
    let surroundings = Surroundings {
        now: Arc::new(|| Timestamp::UNIX_EPOCH),
        random: Arc::new(|bytes: &mut [u8]| bytes.fill(3)),
        newest_event: desk.newest_event(),
    };
    let router = pages(&desk, surroundings, Settings::new(folder.path().to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let answer = router.oneshot(Request::get("/sign-in").body(Body::empty())?).await?;
        println!("{}", answer.status());
        let page = axum::body::to_bytes(answer.into_body(), 1 << 20).await?;
        println!("{}", String::from_utf8_lossy(&page));
        Ok(())
    })
}
