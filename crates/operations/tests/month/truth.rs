//! Ten thousand claims as sent: what the payer decides, pays and books is the truth to the cent.

use super::books::digest_of_sound_books;
use super::payer::{Payer, digest_of};
use super::plan::{ClaimFile, Plan, payer_number};
use super::remittances::{
    Reported, Said, answers, assert_credits_pay, assert_passes_guide, remittances,
};
use counterfoil_claim::AdjustmentGroup::{
    ContractualObligation, OtherAdjustment, PatientResponsibility,
};
use counterfoil_corpus::{Senders, State, Truth, WorldConfig};
use std::collections::BTreeMap;

/// What the 835 must say of the claim when it is decided; nothing for claims that are returned,
/// wait, or only take another back.
fn expected(truth: &Truth) -> Option<Said> {
    let is_void = truth.state == State::Voided && !truth.replaces.is_empty();
    if matches!(truth.state, State::Rejected | State::Pended) || is_void {
        return None;
    }
    let money = &truth.money;
    let mut reductions: BTreeMap<_, _> = [
        ((PatientResponsibility, "1"), money.deductible),
        ((PatientResponsibility, "2"), money.coinsurance),
        ((PatientResponsibility, "3"), money.copay),
        ((ContractualObligation, "45"), money.contractual),
        ((ContractualObligation, "104"), money.withhold),
        ((OtherAdjustment, "23"), money.other_payer),
    ]
    .into();
    if let Some(planted) = truth.planted {
        let group = match planted.carc() {
            "18" => OtherAdjustment,
            "27" | "31" | "96" => PatientResponsibility,
            _ => ContractualObligation,
        };
        reductions.insert((group, planted.carc()), money.denied);
    }
    let is_denied_to_patient = reductions
        .iter()
        .any(|((group, reason), _)| *group == PatientResponsibility && reason.len() > 1);
    Some(Said {
        charge: money.charge,
        paid: money.paid,
        patient: if is_denied_to_patient { money.denied } else { money.patient() },
        reductions: reductions
            .into_iter()
            .filter(|(_, cents)| !cents.is_zero())
            .map(|((group, reason), cents)| ((group, reason.to_owned()), cents))
            .collect(),
    })
}

/// Where each claim ended, what the 835s say of it and how the 277CA answered it.
fn assert_every_claim_is_true(payer: &mut Payer<'_>, reported: &Reported) {
    let plan = payer.plan;
    let answers = answers(payer);
    let (mut wrong, mut decided, mut reversed) = (Vec::new(), 0, 0);
    for truth in plan.truths() {
        let number = payer_number(truth);
        let row = payer.read(|tx| tx.claim(&number)).expect("every claim is on record");
        let should = expected(truth);
        let taken_back = matches!(truth.state, State::Reversed | State::Voided);
        let should_reverse = should.as_ref().filter(|_| taken_back).map(Said::reversed);
        decided += usize::from(should.is_some());
        reversed += usize::from(should_reverse.is_some());
        let answer = answers.get(&truth.control_number).map_or("", String::as_str);
        // A claim that waits shows what it would pay; nothing of that is booked or reported.
        let waits = truth.state == State::Pended;
        let is_right = row.update.state.word() == truth.state.word()
            && reported.decided.get(&number) == should.as_ref()
            && reported.reversed.get(&number) == should_reverse.as_ref()
            && (answer == "A2") == (truth.state != State::Rejected)
            && (waits || row.update.paid_cents == truth.money.paid)
            && (waits || row.update.withhold_cents == truth.money.withhold)
            && (waits || row.update.allowed_cents == truth.money.allowed);
        if !is_right {
            let (state, paid) = (row.update.state, row.update.paid_cents);
            let said = reported.decided.get(&number);
            wrong.push(format!(
                "{truth:?}\n  is {state:?} paid {paid} {:?} answered {answer}\n  835 {said:?}\n  \
                 should be {should:?}",
                row.update.reason
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} claims are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert_eq!((reported.decided.len(), reported.reversed.len()), (decided, reversed));
    assert_eq!(answers.len(), plan.truths().count());
}

/// What must not move when a file comes again: claims, books, payments.
fn standing(payer: &mut Payer<'_>) -> (u64, String, usize, String) {
    let books = payer.read(digest_of_sound_books);
    let payments = payer.read(|tx| tx.remittances()).len();
    let mut paid = payer.files("835-");
    paid.append(&mut payer.files("ccd-"));
    (payer.read(|tx| tx.claim_count()), books, payments, digest_of(&paid))
}

/// The same control number over other claims.
fn forged(file: &ClaimFile) -> ClaimFile {
    let text = String::from_utf8(file.bytes.clone()).expect("a claim file is text");
    let bytes = text.replace("CLM*C", "CLM*D").into_bytes();
    ClaimFile { info: file.info.clone(), bytes, truths: Vec::new() }
}

#[test]
fn the_payer_does_what_is_true_of_every_claim_and_nothing_twice() {
    let plan = Plan::new(WorldConfig::default(), Senders::Providers);
    let mut payer = Payer::on_disk(&plan).0.play();
    let advices = remittances(&payer);
    assert_eq!(advices.len(), payer.payments.len());
    assert_credits_pay(&payer, &advices);
    let reported = Reported::of(&advices);
    assert_every_claim_is_true(&mut payer, &reported);
    let acknowledgements = payer.files("999-");
    assert_eq!(acknowledgements.len(), plan.files.len());
    for (name, bytes) in &acknowledgements {
        assert_passes_guide(name, bytes, "005010X231A1");
    }

    let before = standing(&mut payer);
    for file in &plan.files {
        for name in [file.info.name.as_str(), "again-under-another-name.x12"] {
            let run = payer.take(file, name);
            assert!(run.was_finished && run.claims() == 0, "{name}");
            assert_eq!(run.files, [""; 0], "{name}");
        }
    }
    let last = plan.files.last().expect("a month has files");
    assert_eq!(payer.pay(last.sent_on()).payments, []);
    assert!(standing(&mut payer) == before, "files that come again change nothing");

    for file in plan.files.iter().step_by(7) {
        let run = payer.take(&forged(file), "forged.x12");
        let [answer] = run.files.as_slice() else { panic!("one answer, a TA1: {:?}", run.files) };
        let text = String::from_utf8(payer.files(answer)[answer].clone()).expect("a TA1 is text");
        assert!(text.contains("*R*025~"), "{answer}: {text}");
        assert!(run.findings.contains_key("OPS-7-control-number-replayed"));
        assert_eq!((run.claims(), run.claims_in_rejected_sets), (0, u64::from(file.info.claims)));
    }
    assert_eq!(payer.pay(last.sent_on()).payments, []);
    assert!(standing(&mut payer) == before, "a replayed control number takes nothing in");
}
