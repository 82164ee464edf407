//! The same month gives the same bytes: on every machine, in every build, beside other work.

use super::books::digest_of_sound_books;
use super::payer::{Payer, digest_of};
use super::plan::Plan;
use counterfoil_corpus::{Senders, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::read_kept;
use counterfoil_operations::payer::{
    Adjudication, DecideRequest, PersonVerdict, decide_claim, load_accumulators,
};

/// A person decides what waits: a claim with a line that has no price is denied, the others are
/// approved.
fn decide_pended(payer: &mut Payer<'_>) -> usize {
    let plan = payer.plan;
    let on = plan.files.last().expect("a month has files").sent_on();
    let waiting = payer.read(|tx| tx.pended_claims());
    for row in &waiting {
        let verdict = if row.update.reason.contains("has no amount") {
            PersonVerdict::Deny { reason_code: "50".into(), remark_code: "".into() }
        } else {
            PersonVerdict::Approve
        };
        let request = DecideRequest {
            claim_control_number: &row.claim_control_number,
            person: "Dana Reyes",
            verdict,
            reason: "records reviewed",
        };
        let decided = payer.store.transaction("decide", |tx| {
            let accumulators = load_accumulators(tx)?;
            let desk = plan.desk(on);
            let mut adjudication = Adjudication::new(desk, accumulators, String::new());
            let read = |segments: &[u8]| read_kept(segments, &plan.engine);
            decide_claim(&mut adjudication, tx, &request, read)?;
            Ok::<_, OperationsError>(())
        });
        decided.expect("a pended claim is decided");
    }
    payer.pay(on);
    waiting.len()
}

/// Digests of every file that the payer wrote and of its books.
fn month_of_300() -> (String, String) {
    let config = WorldConfig {
        claims: 300,
        batches: 6,
        practices: 2,
        planted_percent: 40,
        ..WorldConfig::default()
    };
    let plan = Plan::new(config, Senders::Providers);
    let mut payer = Payer::new(&plan).play();
    assert!(decide_pended(&mut payer) > 1, "something waits for a person");
    (digest_of(&payer.files("")), payer.read(digest_of_sound_books))
}

/// A change of these says that some written byte or booked cent has changed: find out which,
/// and whether it should have, before writing the new digests here.
const FILES: &str = "56739289ef070665a6d13c5e58c57eb0e07955dd9dd691957cffb7b7299e3533";
const BOOKS: &str = "a85fac4dbe380c01e24d28b2700e4ae8e417adb578f1ce44897def66f91eefa7";

#[test]
fn a_month_has_the_same_digests_in_every_build() {
    assert_eq!(month_of_300(), (FILES.to_owned(), BOOKS.to_owned()));
}

#[test]
fn months_played_beside_each_other_are_the_same() {
    let played: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(month_of_300)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a month is played")).collect()
    });
    assert!(played.iter().all(|one| *one == played[0]), "{played:?}");
}
