//! The provider's side of a month: claims billed, 835s posted, a disturbed bank file matched.

use super::books::digest_of_sound_books;
use super::database::database;
use super::payer::Payer;
use super::plan::Plan;
use counterfoil_base::{Cents, Date, add_days};
use counterfoil_claim::read_file;
use counterfoil_corpus::{
    BankConfig, BankTruth, Disturbance, Payment, Senders, WorldConfig, bank_files,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims, scan_file};
use counterfoil_operations::provider::{
    BilledClaim, MatchedBank, bill_claim, match_bank, office_report, post_advice, record_bank_file,
};
use counterfoil_remit::{BankColumns, MatchCause, MatchRule, read_bank_csv};
use counterfoil_store::Store;
use counterfoil_x12::{Profile, ReadOptions};
use std::collections::BTreeMap;

/// Every claim of every file becomes a receivable.
fn bill(store: &mut Store, plan: &Plan) {
    for file in &plan.files {
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
        let bills = store.transaction("bill", |tx| {
            read_claims::<_, OperationsError>(file.bytes.as_slice(), options, |items, _| {
                for item in items {
                    let IntakeItem::Claim(received) = item else { continue };
                    let billed = BilledClaim {
                        claim: &received.claim,
                        segments: &[],
                        expected_cents: None,
                        file_digest: &scan.digest,
                        on: file.sent_on(),
                        twin_subject: "",
                    };
                    bill_claim(tx, &billed)?;
                }
                Ok(())
            })
        });
        bills.expect("claims are billed");
    }
}

/// Posts every 835 as it arrived; posting them again changes nothing.
fn post(store: &mut Store, payer: &Payer<'_>, on: Date) -> usize {
    let mut posted = 0;
    for (name, bytes) in payer.files("835-") {
        for read in read_file(&bytes, ReadOptions::default()).remittances {
            let done = store
                .transaction("post", |tx| post_advice(tx, &read.advice, &name, on))
                .expect("an 835 is posted");
            let refused = done.posting.findings.iter().find(|finding| finding.is_error());
            assert!(refused.is_none(), "{name}: {refused:?}");
            posted += usize::from(!done.posting.already_posted);
        }
    }
    posted
}

/// Outcomes of the match that a disturbed payment may have, and what they rest on.
fn is_allowed(truth: &BankTruth, cause: MatchCause, rule: MatchRule) -> bool {
    use MatchCause::{AmountDiffers, Matched, UnmatchedRemit};
    match truth.disturbance {
        Disturbance::None | Disturbance::Split => cause == Matched && rule == MatchRule::Trace,
        // Without its trace a payment is matched when nothing else fits, or left to a person.
        Disturbance::LostTrace => matches!(cause, Matched | UnmatchedRemit),
        Disturbance::WrongAmount => cause == AmountDiffers,
        other => panic!("{other:?} is not among the disturbances asked for"),
    }
}

/// Holds every outcome against the bank's truth; gives the exceptions by cause.
fn assert_matches_are_true(
    matched: &MatchedBank,
    truths: &[BankTruth],
) -> BTreeMap<MatchCause, usize> {
    let by_trace: BTreeMap<&str, &BankTruth> =
        truths.iter().map(|truth| (truth.trace.as_str(), truth)).collect();
    let mut exceptions = BTreeMap::new();
    let (mut seen, mut unmatched_bank, mut unmatched_remits) = (0, Cents::ZERO, Cents::ZERO);
    for outcome in &matched.report.outcomes {
        if !matches!(outcome.cause, MatchCause::Matched | MatchCause::NothingToPay) {
            *exceptions.entry(outcome.cause).or_default() += 1;
        }
        for &remit in &outcome.remits {
            let remit = &matched.remits[remit];
            if remit.amount_cents.is_zero() {
                assert_eq!(outcome.cause, MatchCause::NothingToPay);
                continue;
            }
            seen += 1;
            let truth = by_trace[remit.trace_number.as_str()];
            assert!(is_allowed(truth, outcome.cause, outcome.rule), "{truth:?} {outcome:?}");
            assert_eq!(outcome.remits.len(), 1, "{truth:?} {outcome:?}");
            if outcome.cause == MatchCause::UnmatchedRemit {
                unmatched_remits += remit.amount_cents;
                assert!(outcome.entries.is_empty(), "{truth:?}");
                continue;
            }
            assert_eq!(outcome.bank_cents, i128::from(truth.booked.0), "{truth:?}");
            assert_eq!(outcome.entries.len(), truth.entries as usize, "{truth:?}");
            for &entry in &outcome.entries {
                // An entry with a trace belongs to its own payment and to no other.
                let own = matched.entries[entry].trace.as_ref().map(|trace| trace.number.as_str());
                assert!(own.is_none_or(|own| own == truth.trace), "{truth:?} {outcome:?}");
            }
        }
        if outcome.cause == MatchCause::UnmatchedBank {
            let entries = outcome.entries.iter().map(|&entry| &matched.entries[entry]);
            entries.for_each(|entry| {
                assert_eq!(entry.trace, None, "only money without a trace is left over");
                unmatched_bank += entry.amount_cents;
            });
        }
    }
    assert_eq!(seen, truths.len(), "every payment ends in one outcome");
    assert_eq!(unmatched_bank, unmatched_remits, "what is left over on both sides is the same");
    exceptions
}

#[test]
fn a_disturbed_bank_file_is_matched_without_a_wrong_match() {
    let config = WorldConfig { practices: 40, batches: 28, ..WorldConfig::default() };
    let plan = Plan::new(config, Senders::Providers);
    let mut payer = Payer::new(&plan).play();
    let payments: Vec<Payment> = payer
        .payments
        .iter()
        .filter(|one| !one.amount_cents.is_zero())
        .map(|one| Payment {
            trace: one.trace_number.clone(),
            payer: plan.settings.payer_identifier.to_string(),
            amount: one.amount_cents,
            on: one.effective_on,
        })
        .collect();
    let last = plan.files.last().expect("a month has files").sent_on();
    let on = add_days(last, 3).expect("a day after");
    let disturbed = BankConfig {
        seed: 1,
        lost_trace: 100,
        wrong_amount: 100,
        split: 100,
        duplicate: 0,
        returned: 0,
        other_month: 0,
    };
    let bank = bank_files(&payments, disturbed, on);
    let entries = read_bank_csv(&bank.csv, &BankColumns::default());
    assert_eq!(entries.findings, []);

    let mut store = database();
    bill(&mut store, &plan);
    assert_eq!(post(&mut store, &payer, on), payer.payments.len());
    let mut reconcile = || {
        let (report, matched) = store
            .transaction("match", |tx| {
                record_bank_file(tx, &entries.entries, false)?;
                let matched = match_bank(tx)?;
                Ok::<_, OperationsError>((office_report(tx, &matched)?, matched))
            })
            .expect("the bank is matched");
        (report, matched, store.transaction("books", digest_of_sound_books).expect("books"))
    };
    let (report, matched, books) = reconcile();
    let exceptions = assert_matches_are_true(&matched, &bank.truths);
    let injected = |kind| bank.truths.iter().filter(|one| one.disturbance == kind).count();
    let differs = exceptions.get(&MatchCause::AmountDiffers).copied().unwrap_or(0);
    let unmatched = exceptions.get(&MatchCause::UnmatchedRemit).copied().unwrap_or(0);
    assert!(payments.len() > 1_000 && injected(Disturbance::Split) > 0, "{}", payments.len());
    assert_eq!(differs, injected(Disturbance::WrongAmount));
    assert!(injected(Disturbance::LostTrace) > 0 && unmatched <= injected(Disturbance::LostTrace));
    let listed: usize = exceptions.values().sum();
    assert_eq!(listed, differs + unmatched * 2, "nothing else is listed: {exceptions:?}");
    assert_eq!(report.leftover_cents(), 0);
    let again = reconcile();
    assert!((again.0, again.2) == (report, books), "the same bank file again changes nothing");
    assert_eq!(post(&mut store, &payer, on), 0, "an 835 is posted once");
    payer.read(digest_of_sound_books);
    super::sending::report(&format!(
        "{} payments, {} lost traces of which {} matched, {differs} wrong amounts and {} splits \
         found, {listed} exceptions, nothing left over",
        payments.len(),
        injected(Disturbance::LostTrace),
        injected(Disturbance::LostTrace) - unmatched,
        injected(Disturbance::Split),
    ));
}
