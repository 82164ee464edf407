//! Bank files that contradict what is on record, or are of another time.

use super::order::bill_all;
use super::place::{OAK, Office, answer, day, remittance};

/// An office that awaits 140.00 under trace T1 on March 2.
fn awaiting() -> Office {
    let mut office = Office::new();
    bill_all(&mut office);
    let (advice, _) =
        remittance((OAK, "T1", day(2)), vec![answer("P1", "K1", 15_000, 1_000)], vec![]);
    office.post(&advice);
    office
}

fn codes(office: &Office) -> Vec<&str> {
    office.bank_findings.iter().map(|finding| finding.code.as_ref()).collect()
}

fn cash(office: &mut Office) -> i128 {
    office.balances().get("provider.cash").copied().unwrap_or(0)
}

#[test]
fn a_reference_that_stands_is_not_booked_a_second_time() {
    const FIRST: &str = "2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n";
    for (second, code) in [
        ("2026-03-02,14.00,TRN*1*T1*1512345678~,B1\n", "BANK-reference-other-amount"),
        ("2026-03-02,140.00,TRN*1*T,B1\n", "BANK-reference-other-trace"),
        ("2026-03-09,140.00,TRN*1*T1*1512345678~,B1\n", "BANK-reference-other-day"),
    ] {
        for (first, second) in [(FIRST, second), (second, FIRST)] {
            let mut office = awaiting();
            office.bank(first);
            let before = office.balances();
            office.bank(second);
            assert_eq!(codes(&office), [code], "{second}");
            assert_eq!(office.balances(), before, "the first stands: {second}");
            let message = &office.bank_findings[0].message;
            assert!(message.contains("B1") && message.contains("2026-03-0"), "{message}");
        }
    }
}

#[test]
fn what_a_bank_may_say_is_recorded() {
    for (first, second, cents) in [
        // The same file again.
        ("2026-03-02,140.00,X,B1\n", "2026-03-02,140.00,X,B1\n", 14_000),
        // A later file of the same day adds a check under the same deposit slip.
        ("2026-03-02,140.00,X,B1\n", "2026-03-02,140.00,X,B1\n2026-03-02,5.00,Y,B1\n", 14_500),
        // A bank that counts anew every day.
        ("2026-03-02,140.00,X,1\n", "2026-03-03,5.00,Y,1\n", 14_500),
        // A return with the reference of its payment.
        (
            "2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n",
            "2026-03-02,-140.00,TRN*1*T1*1512345678~,B1\n",
            0,
        ),
    ] {
        let mut office = awaiting();
        office.bank(first);
        office.bank(second);
        assert_eq!(codes(&office), [""; 0], "{second}");
        assert_eq!(cash(&mut office), cents, "{second}");
    }
}

#[test]
fn a_file_of_another_time_waits_for_a_person() {
    let mut office = awaiting();
    office.bank("2026-03-02,140.00,TRN*1*T1*1512345678~,B1\n");
    let books = office.balances();
    let july = "2026-07-02,12.00,INTEREST,B7\n";
    office.bank(july);
    assert_eq!(codes(&office), ["BANK-other-period"]);
    assert_eq!(office.balances(), books);
    office.bank_of(july, true);
    assert_eq!(codes(&office), [""; 0]);
    assert_eq!(cash(&mut office), 15_200);
    office.bank("2026-07-31,1.00,INTEREST,B8\n");
    assert_eq!(codes(&office), [""; 0], "the next statement");
    assert_eq!(cash(&mut office), 15_300);
    // Nothing is known of an office that has just begun.
    let mut new = Office::new();
    new.bank(july);
    assert_eq!(codes(&new), [""; 0]);
}

#[test]
fn a_return_after_a_deposit_without_trace_leaves_the_payment_expected_once() {
    let mut office = awaiting();
    office.bank("2026-03-02,140.00,DEPOSIT,\n");
    office.bank("2026-03-02,140.00,DEPOSIT,\n2026-03-03,-140.00,RETURN TRN*1*T1*1512345678~,\n");
    let balances = office.balances();
    assert_eq!(balances["provider.payments_expected/FOX01"], 14_000);
    assert_eq!(balances.get("provider.unapplied_cash"), None);
    assert_eq!(balances.get("provider.cash"), None);
}
