//! Runs that break off and are run again: the end is that of a run that did not, and nothing is
//! paid twice or not at all.

use super::books::digest_of_sound_books;
use super::payer::{Folder, Payer, digest_of};
use super::plan::{ClaimFile, Plan, payer_number};
use super::remittances::{answers, assert_credits_pay, remittances};
use counterfoil_base::add_days;
use counterfoil_corpus::{Senders, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{PaymentFiles, rewrite_file, run_payments};
use counterfoil_store::{Store, StoreError};
use std::io::Read;

/// A file on a disk that fails after so many bytes.
struct Failing<'b> {
    bytes: &'b [u8],
    left: usize,
}

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(std::io::Error::other("the disk is gone"));
        }
        let bounded = into.len().min(self.left);
        let read = self.bytes.read(&mut into[..bounded])?;
        self.left -= read;
        Ok(read)
    }
}

/// A folder whose disk fails at the file after so many, before or after that file is whole.
struct Filling {
    folder: Folder,
    left: usize,
    writes_the_last: bool,
}

impl PaymentFiles for Filling {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let left = self.left.checked_sub(1);
        if left.is_some() || self.writes_the_last {
            self.folder.write(name, content)?;
        }
        let Some(left) = left else {
            let source = std::io::Error::other("the disk is full");
            return Err(OperationsError::Io { doing: format!("writing {name}"), source });
        };
        self.left = left;
        Ok(())
    }
}

/// A month in which a clearing house sends everything of a day in one file.
pub fn plan(claims: u32, batches: u32) -> Plan {
    let config = WorldConfig { claims, batches, practices: 4, ..WorldConfig::default() };
    Plan::new(config, Senders::ClearingHouse)
}

/// Where every claim stands with its money, the books, and what was paid, file by file.
pub fn end(payer: &mut Payer<'_>) -> (Vec<String>, String, String) {
    let plan = payer.plan;
    let mut claims = Vec::new();
    for truth in plan.truths() {
        let row = payer.read(|tx| tx.claim(&payer_number(truth))).expect("a claim is on record");
        claims.push(format!("{row:?}"));
    }
    let mut paid = payer.files("835-");
    paid.append(&mut payer.files("ccd-"));
    (claims, payer.read(digest_of_sound_books), digest_of(&paid))
}

/// Takes the file in, breaking off at each of these shares (in hundredths) of its bytes.
fn take_with_breaks(payer: &mut Payer<'_>, file: &ClaimFile, breaks: &[usize]) -> u64 {
    for share in breaks {
        let left = file.bytes.len() * share / 100;
        let reader = Failing { bytes: &file.bytes, left };
        let error = payer.try_take(file, &file.info.name, reader).expect_err("the disk is gone");
        assert!(matches!(error, OperationsError::Io { .. }), "{error}");
    }
    let run = payer.take(file, &file.info.name);
    assert_eq!(run.claims() + run.claims_done_before, u64::from(file.info.claims));
    run.claims_done_before
}

#[test]
fn a_file_that_breaks_off_goes_on_where_it_stopped() {
    // Several commits a file.
    let plan = plan(3_200, 2);
    let mut whole = Payer::new(&plan).play();
    let expected = end(&mut whole);
    let answered = answers(&whole);
    assert_eq!(answered.len(), 3_200);
    for breaks in [&[0][..], &[40], &[99], &[35, 60, 61, 90]] {
        let mut payer = Payer::new(&plan);
        let mut resumed = 0;
        for file in &plan.files {
            resumed += take_with_breaks(&mut payer, file, breaks);
            payer.pay(file.sent_on());
        }
        assert_eq!(resumed > 0, breaks != [0], "{breaks:?}: batches before the break stand");
        assert!(end(&mut payer) == expected, "{breaks:?}");
        assert_eq!(answers(&payer), answered, "{breaks:?}: every claim is answered");
    }
}

#[test]
fn a_file_that_goes_on_weeks_later_was_received_when_it_came() {
    let plan = plan(3_200, 1);
    let mut whole = Payer::new(&plan).play();
    let mut payer = Payer::new(&plan);
    let file = &plan.files[0];
    let reader = Failing { bytes: &file.bytes, left: file.bytes.len() / 2 };
    payer.try_take(file, &file.info.name, reader).expect_err("the disk is gone");
    let later = add_days(file.sent_on(), 60).expect("a day");
    let run = payer.take_on(later, file);
    assert!(run.claims_done_before > 0 && run.claims() > 0, "some before, some after the break");
    payer.pay(file.sent_on());
    assert!(end(&mut payer) == end(&mut whole), "interest and limits run from the first day");
}

#[test]
fn a_payment_run_that_breaks_off_pays_everybody_once() {
    let plan = plan(900, 3);
    let mut whole = Payer::new(&plan).play();
    let expected = end(&mut whole);
    for (files_before, writes_the_last) in (0..=6).flat_map(|n| [(n, false), (n, true)]) {
        let mut payer = Payer::new(&plan);
        for file in &plan.files {
            payer.take(file, &file.info.name);
            let folder = Folder(payer.out());
            let mut disk = Filling { folder, left: files_before, writes_the_last };
            let request = plan.payment(file.sent_on());
            let run = run_payments(&mut payer.store, request, &mut disk);
            assert_eq!(run.is_err(), files_before < 6, "five payees and their CCD+ file");
            let again = payer.pay(file.sent_on());
            assert_eq!(again.payments, [], "everybody was paid before the disk failed");
            assert_eq!(again.files.len(), 6_usize.saturating_sub(files_before));
        }
        assert_credits_pay(&payer, &remittances(&payer));
        assert!(end(&mut payer) == expected, "{files_before} {writes_the_last}");
    }
}

#[test]
fn answers_that_a_full_disk_left_out_are_written_by_the_next_run() {
    let plan = plan(900, 3);
    let whole = Payer::new(&plan).play();
    for files_before in 0..=3 {
        let mut payer = Payer::new(&plan);
        for file in &plan.files {
            let folder = Folder(payer.out());
            let mut disk = Filling { folder, left: files_before, writes_the_last: true };
            let taken = payer.take_into((file, &file.info.name), file.bytes.as_slice(), &mut disk);
            assert_eq!(taken.is_err(), files_before < 2, "a 999 and a 277CA");
            let again = payer.take(file, &file.info.name);
            assert!(again.was_finished, "the claims were taken in before the disk failed");
            assert_eq!(again.files.len(), 2_usize.saturating_sub(files_before));
            payer.pay(file.sent_on());
        }
        assert_eq!(digest_of(&payer.files("")), digest_of(&whole.files("")), "{files_before}");
    }
}

#[test]
fn a_lost_file_is_written_again_byte_for_byte() {
    let plan = plan(300, 2);
    let mut payer = Payer::new(&plan).play();
    let issued = payer.files("");
    let mut folder = Folder(payer.out());
    for name in issued.keys() {
        std::fs::remove_file(payer.out().join(name)).expect("the file was there");
        let written = rewrite_file(&mut payer.store, name, &mut folder).expect("it was issued");
        assert_eq!(&written, name);
    }
    assert_eq!(payer.files(""), issued);
    let trace = payer.payments[0].trace_number.clone();
    let written = rewrite_file(&mut payer.store, &trace, &mut folder).expect("it was paid");
    assert_eq!(written, payer.payments[0].file);
    let unknown = rewrite_file(&mut payer.store, "835-0.x12", &mut folder);
    assert!(matches!(unknown, Err(OperationsError::Refused(_))));
}

#[test]
fn two_runs_on_one_data_folder_do_not_mix() {
    let plan = plan(60, 1);
    let (mut payer, place) = Payer::on_disk(&plan);
    let file = &plan.files[0];
    let other = Store::open_at(&place).expect("a second program opens it");
    let run = other.begin_run().expect("nobody else is at work");
    let mut folder = Folder(payer.out());
    let refused = payer.try_take(file, &file.info.name, file.bytes.as_slice());
    assert!(matches!(refused, Err(OperationsError::Store(StoreError::Busy))), "{refused:?}");
    let refused = run_payments(&mut payer.store, plan.payment(file.sent_on()), &mut folder);
    assert!(matches!(refused, Err(OperationsError::Store(StoreError::Busy))), "{refused:?}");
    drop(run);
    assert_eq!(payer.take(file, &file.info.name).claims(), u64::from(file.info.claims));
}
