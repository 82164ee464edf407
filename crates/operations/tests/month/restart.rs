//! Runs that break off and are run again: the end is that of a run that did not, and nothing is
//! paid twice or not at all.

use super::books::digest_of_sound_books;
use super::payer::{Folder, Payer, digest_of};
use super::plan::{ClaimFile, Plan, payer_number};
use super::remittances::{answers, assert_credits_pay, remittances};
use counterfoil_corpus::{Senders, WorldConfig};
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{PaymentFiles, run_payments};
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

/// A folder whose disk is full after so many files.
struct Filling {
    folder: Folder,
    left: usize,
}

impl PaymentFiles for Filling {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OperationsError> {
        let Some(left) = self.left.checked_sub(1) else {
            let source = std::io::Error::other("the disk is full");
            return Err(OperationsError::Io { doing: format!("writing {name}"), source });
        };
        self.left = left;
        self.folder.write(name, bytes)
    }
}

/// A month in which a clearing house sends everything of a day in one file.
fn plan(claims: u32, batches: u32) -> Plan {
    let config = WorldConfig { claims, batches, practices: 4, ..WorldConfig::default() };
    Plan::new(config, Senders::ClearingHouse)
}

/// Where every claim stands with its money, the books, and what was paid, file by file.
fn end(payer: &mut Payer<'_>) -> (Vec<String>, String, String) {
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
fn a_payment_run_that_breaks_off_pays_everybody_once() {
    let plan = plan(900, 3);
    let mut whole = Payer::new(&plan).play();
    let (claims, books, _) = end(&mut whole);
    let amounts: Vec<_> = whole.payments.iter().map(|one| one.amount_cents).collect();
    for files_before in 0..=6 {
        let mut payer = Payer::new(&plan);
        for file in &plan.files {
            payer.take(file, &file.info.name);
            let mut disk = Filling { folder: Folder(payer.out()), left: files_before };
            let run = run_payments(&mut payer.store, &plan.settings, file.sent_on(), &mut disk);
            assert_eq!(run.is_err(), files_before < 6, "five payees and their CCD+ file");
            payer.pay(file.sent_on());
        }
        let advices = remittances(&payer);
        assert_credits_pay(&payer, &advices);
        let mut paid: Vec<_> = advices.iter().map(|one| one.payment.amount_cents).collect();
        let mut expected = amounts.clone();
        paid.sort();
        expected.sort();
        assert_eq!(paid, expected, "{files_before}");
        let ended = end(&mut payer);
        assert!((ended.0, ended.1) == (claims.clone(), books.clone()), "{files_before}");
    }
}
