//! A server that ends its sessions again and again while a month is taken in and paid.

use super::month::payer::{Folder, Payer};
use super::month::restart::{end, plan};
use counterfoil_operations::payer::run_payments;
use counterfoil_samples::Database;
use counterfoil_store::{Server, Store};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// Name by which the story's sessions are told from those of other stories.
const NAME: &str = "story_of_loss";
/// Sessions that are ended before the server is left in peace.
const LOSSES: u32 = 15;

/// Ends the sessions of this story that are in a transaction; says how many.
fn end_sessions(url: &str) -> u32 {
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE application_name = '{NAME}' AND state <> 'idle'"
    );
    let told = Command::new("psql").args([url, "-Atc", &sql]).output().expect("psql runs");
    String::from_utf8_lossy(&told.stdout).trim().parse().unwrap_or(0)
}

#[test]
fn sessions_that_end_in_the_middle_lose_and_double_nothing() {
    let plan = plan(900, 3);
    let mut whole = Payer::new(&plan).play();
    let expected = end(&mut whole);
    let Database::Postgres { url, schema } = Database::postgres() else {
        unreachable!("a server was asked for");
    };
    let named = format!("{url} application_name={NAME}");
    let server = Server::new(&named, false).and_then(|server| server.in_schema(&schema));
    let place = counterfoil_store::Place::Server(server.expect("an address"));
    let mut payer = Payer::new(&plan);
    payer.store = Store::open_at(&place).expect("a schema opens");
    let (ended, is_done) = (AtomicU32::new(0), AtomicBool::new(false));
    let mut broken = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while ended.load(Ordering::Relaxed) < LOSSES && !is_done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(120));
                ended.fetch_add(end_sessions(&url), Ordering::Relaxed);
            }
        });
        for file in &plan.files {
            while payer.try_take(file, &file.info.name, file.bytes.as_slice()).is_err() {
                broken += 1;
            }
            let mut folder = Folder(payer.out());
            while run_payments(&mut payer.store, plan.payment(file.sent_on()), &mut folder).is_err()
            {
                broken += 1;
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert!(broken >= 1, "at least one run was broken off");
    assert!(end(&mut payer) == expected, "after {broken} runs that broke off");
}
