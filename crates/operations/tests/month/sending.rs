//! The provider's check before sending: planted errors caught, clean claims let through, and
//! payments predicted to the cent.

use super::books::digest_of_sound_books;
use super::payer::{Payer, digest_of};
use super::plan::{ClaimFile, Plan, payer_number};
use super::remittances::{Reported, remittances};
use counterfoil_adjudicate::{Decision, DecisionState};
use counterfoil_base::Cents;
use counterfoil_corpus::{Senders, State, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims, scan_file};
use counterfoil_operations::payer::{
    Adjudication, ReceivedClaim, load_accumulators, predict_claim,
};
use counterfoil_store::StoreError;
use counterfoil_x12::Profile;
use std::collections::BTreeMap;

/// Why the prediction's transaction ends: always by a rollback.
enum Rollback {
    Wanted,
    Failed(OperationsError),
}

impl From<StoreError> for Rollback {
    fn from(error: StoreError) -> Rollback {
        Rollback::Failed(error.into())
    }
}

impl From<OperationsError> for Rollback {
    fn from(error: OperationsError) -> Rollback {
        Rollback::Failed(error)
    }
}

/// The claims of a file as a sender's check reads them.
fn received(plan: &Plan, file: &ClaimFile) -> Vec<ReceivedClaim> {
    let scan = scan_file(&mut file.bytes.as_slice()).expect("memory can be read");
    let options = IntakeOptions {
        engine: plan.engine.clone(),
        profile: Profile::Strict,
        keeps_segments: false,
        rejected_sets: scan.rejected_sets,
        day: file.sent_on(),
        acknowledgement_number: 1,
        claims_before: 0,
    };
    let mut claims = Vec::new();
    let read = read_claims::<_, OperationsError>(file.bytes.as_slice(), options, |items, _| {
        for item in items {
            if let IntakeItem::Claim(received) = item {
                claims.push(*received);
            }
        }
        Ok(())
    });
    read.expect("memory can be read");
    claims
}

/// What the payer would decide on each claim of the file, in its order; nothing is kept.
fn predict(payer: &mut Payer<'_>, file: &ClaimFile) -> Vec<Decision> {
    let plan = payer.plan;
    let mut decisions = Vec::new();
    let ended = payer.store.transaction("predict", |tx| -> Result<(), Rollback> {
        let key = format!("prediction/{}", file.info.name);
        let desk = plan.desk(file.sent_on());
        let mut adjudication = Adjudication::new(desk, load_accumulators(tx)?, key);
        for (ordinal, one) in (1..).zip(received(plan, file)) {
            decisions.push(adjudication.take(tx, &one, ordinal)?.decision);
        }
        Err(Rollback::Wanted)
    });
    match ended {
        Err(Rollback::Wanted) => decisions,
        Err(Rollback::Failed(error)) => panic!("{error}"),
        Ok(()) => panic!("a prediction is never committed"),
    }
}

/// How the check did over the month.
#[derive(Default)]
struct Score {
    planted: u64,
    caught: u64,
    clean: u64,
    alarms: u64,
    /// Predicted CLP04 of every clean claim that would be paid, by the payer's number.
    predicted: BTreeMap<String, Cents>,
}

impl Score {
    fn add(&mut self, file: &ClaimFile, decisions: &[Decision]) {
        assert_eq!(decisions.len(), file.truths.len(), "{}", file.info.name);
        for (truth, decision) in file.truths.iter().zip(decisions) {
            let goes_through =
                matches!(decision.state, DecisionState::Approved | DecisionState::Voided);
            if truth.planted.is_some() {
                self.planted += 1;
                self.caught += u64::from(!goes_through);
                continue;
            }
            self.clean += 1;
            self.alarms += u64::from(!goes_through);
            if decision.state == DecisionState::Approved {
                self.predicted.insert(payer_number(truth), decision.paid_cents);
            }
        }
    }
}

#[test]
fn planted_errors_are_caught_before_sending_and_payments_predicted() {
    let plan = Plan::new(WorldConfig::default(), Senders::Providers);
    let mut payer = Payer::new(&plan);
    let mut score = Score::default();
    for file in &plan.files {
        let decisions = predict(&mut payer, file);
        score.add(file, &decisions);
        payer.take(file, &file.info.name);
        payer.pay(file.sent_on());
    }
    let Score { planted, caught, clean, alarms, predicted } = score;
    assert!(planted > 1_000, "{planted} errors are planted");
    assert!(caught * 100 >= planted * 95, "{caught} of {planted} planted errors are caught");
    assert!(alarms * 100 <= clean, "{alarms} of {clean} clean claims are held for nothing");
    let reported = Reported::of(&remittances(&payer));
    let is_paid = |state| matches!(state, State::Paid | State::Reversed | State::Voided);
    let mut compared = 0;
    for truth in plan.truths().filter(|truth| truth.planted.is_none() && is_paid(truth.state)) {
        let number = payer_number(truth);
        let paid = reported.decided.get(&number).map(|said| said.paid);
        assert_eq!(predicted.get(&number), paid.as_ref(), "{truth:?}");
        compared += u64::from(paid.is_some());
    }
    assert_eq!(compared, predicted.len() as u64);
    // A prediction leaves no trace: files and books are those of a month without any.
    let mut unwatched = Payer::new(&plan).play();
    let digests =
        |payer: &mut Payer<'_>| (digest_of(&payer.files("")), payer.read(digest_of_sound_books));
    let of_month = digests(&mut payer);
    assert_eq!(of_month, digests(&mut unwatched));
    report(&format!("digest of the files {}, of the books {}", of_month.0, of_month.1));
    report(&format!(
        "{caught} of {planted} planted errors caught before sending, {alarms} of {clean} clean \
         claims held, {compared} payments predicted to the cent"
    ));
}

#[expect(clippy::disallowed_macros, reason = "a test run with --nocapture shows the figures")]
pub fn report(text: &str) {
    println!("generated month: {text}");
}

/// Every claim twice, so that numbers repeat and earlier claims are found; corrections come before
/// and after payment.
#[test]
fn a_claim_that_is_predicted_alone_is_what_taking_it_in_comes_to() {
    let config = WorldConfig {
        claims: 300,
        batches: 6,
        practices: 2,
        planted_percent: 40,
        ..WorldConfig::default()
    };
    let plan = Plan::new(config, Senders::Providers);
    let mut payer = Payer::new(&plan);
    for (file, time) in plan.files.iter().flat_map(|file| [(file, "first"), (file, "again")]) {
        let desk = plan.desk(file.sent_on());
        let digest = format!("{time} {}", file.info.name);
        for (ordinal, one) in (1..).zip(received(&plan, file)) {
            let predicted = payer.store.read("predict", |tx| predict_claim(tx, (desk, None), &one));
            let taken = payer.store.transaction("take", |tx| {
                let used = load_accumulators(tx)?;
                Adjudication::new(desk, used, digest.clone()).take(tx, &one, ordinal)
            });
            let (predicted, taken) = (predicted.expect("a prediction"), taken.expect("a claim"));
            assert_eq!(predicted.claim_control_number, taken.claim_control_number);
            assert_eq!(predicted.decision, taken.decision);
            assert_eq!(predicted.findings, taken.findings);
            assert_eq!(predicted.rejections, taken.rejections);
        }
        payer.pay(file.sent_on());
    }
}
