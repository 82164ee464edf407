//! Kinds of defects: each plants one defect in a valid file and says where it must be found.

use crate::parents::{File, Piece, piece};

/// One kind of defect.
pub struct Kind {
    /// What was done to the file.
    pub name: &'static str,
    /// SNIP type of the finding.
    pub snip: u8,
    /// Code of the finding.
    pub code: &'static str,
    /// Element of the finding, 0 for the segment.
    pub element: u32,
    /// Plants the defect; gives the index of the segment at which it must be found, or nothing
    /// when this file has no place for it.
    pub plant: fn(&mut File) -> Option<usize>,
    /// Codes of other findings that follow from the same defect.
    pub also: &'static [&'static str],
}

fn first(file: &File, id: &str) -> Option<usize> {
    file.find(|p| p.id() == id)
}

fn first_with(file: &File, id: &str, element: usize, value: &str) -> Option<usize> {
    file.find(|p| p.id() == id && p.get(element) == value)
}

/// The first segment after `from` that satisfies the condition.
fn after(file: &File, from: usize, condition: impl Fn(&Piece) -> bool) -> Option<usize> {
    file.pieces.iter().skip(from + 1).position(condition).map(|found| from + 1 + found)
}

fn set(file: &mut File, at: usize, element: usize, value: &str) -> Option<usize> {
    file.pieces[at].set(element, value);
    Some(at)
}

/// Takes a segment out; what it stood before is where its lack shows.
fn remove(file: &mut File, at: usize) -> Option<usize> {
    file.pieces.remove(at);
    file.recount();
    Some(at)
}

fn insert(file: &mut File, at: usize, text: &str) -> Option<usize> {
    file.pieces.insert(at, piece(text));
    file.recount();
    Some(at)
}

/// Changes an amount by cents.
fn shift(file: &mut File, at: usize, element: usize, cents: i64) -> Option<usize> {
    let amount = counterfoil_base::Cents::parse(file.pieces[at].get(element)).ok()?;
    set(file, at, element, &counterfoil_base::Cents(amount.0 + cents).to_x12())
}

/// The claim segment that a later segment belongs to.
fn claim_of(file: &File, at: usize) -> Option<usize> {
    (0..at).rev().find(|index| file.pieces[*index].id() == "CLP")
}

/// The first claim with this status.
fn claim(file: &File, status: &str) -> Option<usize> {
    first_with(file, "CLP", 2, status)
}

/// The first service line of the first claim with this status.
fn line(file: &File, status: &str) -> Option<usize> {
    let found = file.find(|p| p.id() == "SVC")?;
    let mut at = found;
    loop {
        if file.pieces[claim_of(file, at)?].get(2) == status {
            return Some(at);
        }
        at = after(file, at, |p| p.id() == "SVC")?;
    }
}

/// Every kind, by SNIP type.
pub fn kinds() -> Vec<Kind> {
    let mut all = Vec::new();
    all.extend(syntax());
    all.extend(missing());
    all.extend(guide_values());
    all.extend(order_and_repeats());
    all.extend(balances());
    all.extend(situations());
    all.extend(codes_and_partners());
    all
}

macro_rules! kinds {
    ($($name:literal $snip:literal $code:literal $element:literal [$($also:literal),*]
       |$file:ident| $plant:expr;)*) => {
        vec![$(Kind {
            name: $name,
            snip: $snip,
            code: $code,
            element: $element,
            plant: |$file: &mut File| $plant,
            also: &[$($also),*],
        }),*]
    };
}

fn syntax() -> Vec<Kind> {
    kinds! {
        "SE count too high" 1 "X12-1-segment-count" 1 [] |f| {
            let at = first(f, "SE")?;
            set(f, at, 1, "9999")
        };
        "SE control number differs" 1 "X12-1-set-control-number" 2 [] |f| {
            let at = first(f, "SE")?;
            set(f, at, 2, "0999")
        };
        "GE count wrong" 1 "X12-1-set-count" 1 [] |f| {
            let at = first(f, "GE")?;
            set(f, at, 1, "77")
        };
        "GE control number differs" 1 "X12-1-group-control-number" 2 [] |f| {
            let at = first(f, "GE")?;
            set(f, at, 2, "99999")
        };
        "IEA count wrong" 1 "X12-1-group-count" 1 [] |f| {
            let at = first(f, "IEA")?;
            set(f, at, 1, "3")
        };
        "IEA control number differs" 1 "X12-1-interchange-control-number" 2 [] |f| {
            let at = first(f, "IEA")?;
            set(f, at, 2, "999999999")
        };
        "unknown segment" 1 "X12-1-unknown-segment" 0 [] |f| {
            let at = first(f, "LX")?;
            insert(f, at, "QQQ*1")
        };
        "claim charge with a letter" 1 "X12-1-not-a-number" 3 [] |f| {
            let at = first(f, "CLP")?;
            set(f, at, 3, "12A.00")
        };
        "payment amount with a comma" 1 "X12-1-not-a-number" 2 [] |f| {
            let at = file_with_payment(f)?;
            set(f, at, 2, "1,000.00")
        };
        "service date that is no day" 1 "X12-1-invalid-date" 2 [] |f| {
            let at = first_with(f, "DTM", 1, "472")?;
            set(f, at, 2, "20240230")
        };
        "effective date that is no day" 1 "X12-1-invalid-date" 16 [] |f| {
            let at = first(f, "BPR")?;
            set(f, at, 16, "20241301")
        };
        "trace number too long" 1 "X12-1-element-too-long" 2 [] |f| {
            let at = file_with_check(f)? + 1;
            set(f, at, 2, "T12345678901234567890123456789012345678901234567890")
        };
        "payer identifier of the trace too short" 1 "X12-1-element-too-short" 3
            ["835-4-trace-payer"] |f| {
            let at = first(f, "TRN")?;
            set(f, at, 3, "123")
        };
        "too many elements" 1 "X12-1-too-many-elements" 5 [] |f| {
            let at = first(f, "TRN")?;
            set(f, at, 5, "X")
        };
        "adjustment without reason" 1 "X12-1-mandatory-element-missing" 2 [] |f| {
            let at = first_with(f, "CAS", 2, "45")?;
            set(f, at, 2, "")
        };
        "provider adjustment without amount" 1 "X12-1-mandatory-element-missing" 4 [] |f| {
            let at = first(f, "PLB")?;
            f.pieces[at].0.truncate(4);
            Some(at)
        };
        "provider adjustment reason without amount" 1 "X12-1-syntax-note" 6 [] |f| {
            let at = first(f, "PLB")?;
            f.pieces[at].0.truncate(5);
            set(f, at, 5, "WO:X")
        };
        "reference without value" 1 "X12-1-syntax-note" 2 ["X12-2-required-element-missing"] |f| {
            let at = first_with(f, "REF", 1, "6R")?;
            f.pieces[at].0.truncate(2);
            Some(at)
        };
        "identifier without qualifier" 1 "X12-1-syntax-note" 8 [] |f| {
            let at = first_with(f, "NM1", 1, "QC")?;
            set(f, at, 8, "")
        };
        "control character in a name" 1 "X12-1-control-character" 3 [] |f| {
            let at = first_with(f, "NM1", 1, "QC")?;
            set(f, at, 3, "DO\u{7}E")
        };
        "supplemental amount missing" 1 "X12-1-mandatory-element-missing" 2 [] |f| {
            let at = first_with(f, "AMT", 1, "B6")?;
            f.pieces[at].0.truncate(2);
            Some(at)
        };
        "transaction trailer missing" 1 "X12-1-se-missing" 0
            ["X12-2-required-segment-missing"] |f| {
            let at = first(f, "SE")?;
            remove(f, at)
        };
        "control number of a transaction twice" 1 "X12-1-set-control-number-repeated" 2 [] |f| {
            let one = first(f, "ST")?;
            let two = after(f, one, |p| p.id() == "ST")?;
            let end = after(f, two, |p| p.id() == "SE")?;
            set(f, end, 2, "0001");
            set(f, two, 2, "0001")
        };
    }
}

/// A payment order that pays by cheque, so that no bank detail depends on it.
fn file_with_check(file: &File) -> Option<usize> {
    first_with(file, "BPR", 4, "CHK")
}

fn file_with_payment(file: &File) -> Option<usize> {
    first_with(file, "BPR", 1, "I")
}

fn missing() -> Vec<Kind> {
    kinds! {
        "payment order missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first(f, "BPR")?;
            remove(f, at)
        };
        "trace missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first(f, "TRN")?;
            remove(f, at)
        };
        "payer missing" 2 "X12-2-required-loop-missing" 0 [] |f| {
            let at = first_with(f, "N1", 1, "PR")?;
            let end = first_with(f, "N1", 1, "PE")?;
            f.pieces.drain(at..end);
            f.recount();
            Some(at)
        };
        "payee missing" 2 "X12-2-required-loop-missing" 0 [] |f| {
            let at = first_with(f, "N1", 1, "PE")?;
            let end = first(f, "LX")?;
            f.pieces.drain(at..end);
            f.recount();
            Some(at)
        };
        "payer address missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first(f, "N3")?;
            remove(f, at)
        };
        "payer city missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first(f, "N4")?;
            remove(f, at)
        };
        "technical contact missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first_with(f, "PER", 1, "BL")?;
            remove(f, at)
        };
        "patient missing" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first_with(f, "NM1", 1, "QC")?;
            remove(f, at)
        };
        "payer claim number missing" 2 "X12-2-required-element-missing" 7 [] |f| {
            let at = first(f, "CLP")?;
            set(f, at, 7, "")
        };
        "line payment missing" 2 "X12-2-required-element-missing" 3 [] |f| {
            let at = line(f, "4")?;
            set(f, at, 3, "")
        };
        "effective date missing" 2 "X12-2-required-element-missing" 16 [] |f| {
            let at = first(f, "BPR")?;
            f.pieces[at].0.truncate(16);
            while f.pieces[at].0.last().is_some_and(String::is_empty) {
                f.pieces[at].0.pop();
            }
            Some(at)
        };
        "payee identifier missing" 2 "X12-2-required-element-missing" 3
            ["X12-2-required-element-missing"] |f| {
            let at = first_with(f, "N1", 1, "PE")?;
            f.pieces[at].0.truncate(3);
            Some(at)
        };
        "claim status missing" 1 "X12-1-mandatory-element-missing" 2 [] |f| {
            let at = claim(f, "1")?;
            set(f, at, 2, "")
        };
    }
}

fn guide_values() -> Vec<Kind> {
    kinds! {
        "claim status unknown" 2 "X12-2-code-not-allowed" 2 [] |f| {
            let at = claim(f, "1")?;
            set(f, at, 2, "5")
        };
        "adjustment group of an older version" 2 "X12-2-code-not-allowed" 1 [] |f| {
            let at = first_with(f, "CAS", 2, "45")?;
            set(f, at, 1, "CR")
        };
        "filing indicator unknown" 2 "X12-2-code-not-allowed" 6 [] |f| {
            let at = first(f, "CLP")?;
            set(f, at, 6, "QQ")
        };
        "payment method unknown" 2 "X12-2-code-not-allowed" 4 [] |f| {
            let at = file_with_check(f)?;
            set(f, at, 4, "ZZZ")
        };
        "procedure qualifier unknown" 2 "X12-2-code-not-allowed" 1 [] |f| {
            let at = first(f, "SVC")?;
            set(f, at, 1, "ZZ:12345")
        };
        "payee identifier qualifier not allowed" 2 "X12-2-code-not-allowed" 3 [] |f| {
            let at = first_with(f, "N1", 1, "PE")?;
            set(f, at, 3, "24")
        };
        "provider adjustment reason unknown" 2 "X12-2-code-not-allowed" 3 [] |f| {
            let at = first(f, "PLB")?;
            set(f, at, 3, "QQ:X")
        };
        "remark qualifier unknown" 2 "X12-2-code-not-allowed" 1 [] |f| {
            let at = first_with(f, "LQ", 2, "M15")?;
            set(f, at, 1, "AA")
        };
        "trace type wrong" 2 "X12-2-code-not-allowed" 1 [] |f| {
            let at = first(f, "TRN")?;
            set(f, at, 1, "2")
        };
        "credit or debit flag wrong" 2 "X12-2-code-not-allowed" 3 [] |f| {
            let at = first(f, "BPR")?;
            set(f, at, 3, "X")
        };
        "unused claim element sent" 2 "X12-2-element-not-used" 10 [] |f| {
            let at = first(f, "CLP")?;
            set(f, at, 10, "01")
        };
        "line date qualifier wrong" 2 "X12-2-code-not-allowed" 1 ["835-4-service-period-end"] |f| {
            let at = first_with(f, "DTM", 1, "151")?;
            set(f, at, 1, "484")
        };
        "claim amount qualifier wrong" 2 "X12-2-code-not-allowed" 1 [] |f| {
            let at = first_with(f, "AMT", 1, "AU")?;
            set(f, at, 1, "B6")
        };
    }
}

fn order_and_repeats() -> Vec<Kind> {
    kinds! {
        "payment order twice" 2 "X12-2-segment-repeats-too-often" 0 [] |f| {
            let at = first(f, "BPR")?;
            let copy = f.pieces[at].clone();
            f.pieces.insert(at + 1, copy);
            f.recount();
            Some(at + 1)
        };
        "payer contact twice" 2 "X12-2-segment-repeats-too-often" 0 [] |f| {
            let at = first_with(f, "PER", 1, "IC")?;
            insert(f, at + 1, "PER*IC**UR*WWW.EXAMPLE.ORG")
        };
        "trace before payment order" 2 "X12-2-segment-out-of-order" 0 [] |f| {
            let at = first(f, "BPR")?;
            f.pieces.swap(at, at + 1);
            Some(at + 1)
        };
        "patient before claim adjustment" 2 "X12-2-segment-out-of-order" 0 [] |f| {
            let at = file_index_of_claim_adjustment(f)?;
            f.pieces.swap(at, at + 1);
            Some(at + 1)
        };
        "outpatient information after the dates" 2 "X12-2-segment-out-of-order" 0 [] |f| {
            let at = claim(f, "2")?;
            let moa = after(f, at, |p| p.id() == "MOA")?;
            f.pieces.swap(moa, moa + 1);
            Some(moa + 1)
        };
        "three statement dates" 2 "X12-2-segment-repeats-too-often" 0 [] |f| {
            let at = first_with(f, "DTM", 1, "233")?;
            insert(f, at + 1, "DTM*232*20240110")
        };
        "claim without group number" 2 "X12-2-required-segment-missing" 0 [] |f| {
            let at = first(f, "LX")?;
            remove(f, at)
        };
    }
}

/// A CAS of the claim level that is followed by the patient's name.
fn file_index_of_claim_adjustment(file: &File) -> Option<usize> {
    let at = file.find(|p| p.id() == "CAS")?;
    (file.pieces[at + 1].id() == "NM1").then_some(at)
}

fn balances() -> Vec<Kind> {
    kinds! {
        "payment one cent high" 3 "835-3-transaction-balance" 2 [] |f| {
            let at = file_with_payment(f)?;
            shift(f, at, 2, 1)
        };
        "provider adjustment one cent high" 3 "835-3-transaction-balance" 2 [] |f| {
            let at = first(f, "PLB")?;
            let order = (0..at).rev().find(|index| f.pieces[*index].id() == "BPR")?;
            shift(f, at, 4, 1)?;
            Some(order)
        };
        "claim payment one cent low" 3 "835-3-claim-balance" 4 ["835-3-transaction-balance"] |f| {
            let at = claim(f, "1")?;
            shift(f, at, 4, -1)
        };
        "claim charge one cent high" 3 "835-3-claim-balance" 4
            ["835-3-claim-charge", "835-3-summary-charge"] |f| {
            let at = claim(f, "1")?;
            shift(f, at, 3, 1)
        };
        "line payment one cent high" 3 "835-3-line-balance" 3 [] |f| {
            let at = line(f, "1")?;
            shift(f, at, 3, 1)
        };
        "line adjustment one cent high" 3 "835-3-line-balance" 3 ["835-3-claim-balance"] |f| {
            let at = line(f, "1")?;
            let adjustment = after(f, at, |p| p.id() == "CAS" && p.get(1) == "CO")?;
            let owner = (0..adjustment).rev().find(|index| f.pieces[*index].id() == "SVC")?;
            shift(f, adjustment, 3, 1)?;
            Some(owner)
        };
        "claim adjustment one cent high" 3 "835-3-claim-balance" 4 [] |f| {
            let at = file_index_of_claim_adjustment(f)?;
            shift(f, at, 3, 1)?;
            Some(at - 1)
        };
        "a balanced line that was not charged" 3 "835-3-claim-charge" 3 [] |f| {
            let at = line(f, "1")?;
            let owner = claim_of(f, at)?;
            insert(f, at, "DTM*472*20240201");
            insert(f, at, "SVC*HC:J1100*10*10");
            Some(owner)
        };
    }
}

fn situations() -> Vec<Kind> {
    kinds! {
        "patient share is not that of the adjustments" 4 "835-4-patient-responsibility" 5 [] |f| {
            let at = claim(f, "1")?;
            set(f, at, 5, "99999.99")
        };
        "line without any date" 4 "835-4-service-date" 0 ["835-4-claim-dates"] |f| {
            let at = first_with(f, "DTM", 1, "472")?;
            let claim = claim_of(f, at)?;
            if f.pieces[claim..at].iter().any(|p| p.id() == "DTM" && p.get(1) == "232") {
                return None;
            }
            remove(f, at).map(|at| at - 1)
        };
        "denied but paid" 4 "835-4-denied-but-paid" 4 [] |f| {
            let at = claim(f, "1")?;
            set(f, at, 2, "4")
        };
        "not our claim but paid" 4 "835-4-forwarded-but-paid" 4 [] |f| {
            let at = claim(f, "19")?;
            set(f, at, 2, "23")
        };
        "forwarded to nobody" 4 "835-4-crossover-carrier" 2 [] |f| {
            let at = claim(f, "19")?;
            let carrier = after(f, at, |p| p.id() == "NM1" && p.get(1) == "TT")?;
            remove(f, carrier);
            Some(at)
        };
        "reversal with a positive charge" 4 "835-4-reversal-sign" 3
            ["835-3-claim-balance", "835-3-claim-charge", "835-3-summary-charge"] |f| {
            let at = claim(f, "22")?;
            let charge = f.pieces[at].get(3).trim_start_matches('-').to_owned();
            set(f, at, 3, &charge)
        };
        "taken back without being a reversal" 4 "835-4-negative-without-reversal" 3
            ["835-4-duplicate-claim", "835-4-patient-responsibility",
             "835-4-negative-without-reversal"] |f| {
            let at = claim(f, "22")?;
            set(f, at, 2, "1")
        };
        "the same claim twice" 4 "835-4-duplicate-claim" 7
            ["835-3-transaction-balance", "835-3-summary-count", "835-3-summary-charge"] |f| {
            let at = claim(f, "2")?;
            let end = after(f, at, |p| matches!(p.id(), "CLP" | "LX" | "PLB" | "SE"))?;
            let copy: Vec<Piece> = f.pieces[at..end].to_vec();
            f.pieces.splice(end..end, copy);
            f.recount();
            Some(end)
        };
        "the same trace twice" 4 "835-4-duplicate-trace" 2 [] |f| {
            let one = first(f, "TRN")?;
            let two = after(f, one, |p| p.id() == "TRN")?;
            let number = f.pieces[one].get(2).to_owned();
            set(f, two, 2, &number)
        };
        "negative payment" 4 "835-4-negative-payment" 2 ["835-3-transaction-balance"] |f| {
            let at = file_with_check(f)?;
            set(f, at, 2, "-5")
        };
        "payment without a way to pay" 4 "835-4-no-payment-method" 2
            ["835-4-zero-payment-handling"] |f| {
            let at = file_with_check(f)?;
            set(f, at, 4, "NON")
        };
        "way to pay without payment" 4 "835-4-zero-payment-method" 4 [] |f| {
            let at = first_with(f, "BPR", 4, "NON")?;
            set(f, at, 4, "CHK")
        };
        "notification that pays" 4 "835-4-notification-with-money" 1 [] |f| {
            let at = file_with_check(f)?;
            set(f, at, 1, "H")
        };
        "transfer without bank account" 4 "835-4-bank-details" 14 [] |f| {
            let at = first_with(f, "BPR", 4, "ACH")?;
            set(f, at, 14, "");
            set(f, at, 15, "")
        };
        "transfer without format" 4 "835-4-ach-format" 5 [] |f| {
            let at = first_with(f, "BPR", 4, "ACH")?;
            set(f, at, 5, "")
        };
        "trace of another payer" 4 "835-4-trace-payer" 3 [] |f| {
            let at = first_with(f, "BPR", 4, "ACH")? + 1;
            set(f, at, 3, "1999999999")
        };
        "inpatient and outpatient at once" 4 "835-4-inpatient-or-outpatient" 0 [] |f| {
            let at = first(f, "MIA")?;
            insert(f, at + 1, "MOA***MA130")
        };
        "claim without any date" 4 "835-4-claim-dates" 0 ["835-4-service-date"] |f| {
            let at = claim(f, "2")?;
            let date = after(f, at, |p| p.id() == "DTM")?;
            remove(f, date);
            Some(at)
        };
        "statement ends before it begins" 4 "835-4-period-reversed" 2 [] |f| {
            let at = first_with(f, "DTM", 1, "233")?;
            set(f, at, 2, "20240101")
        };
        "service after production" 4 "835-4-date-after-production" 2 [] |f| {
            let at = first_with(f, "DTM", 1, "472")?;
            set(f, at, 2, "20240601")
        };
        "service period without end" 4 "835-4-service-period-end" 0 [] |f| {
            let at = first_with(f, "DTM", 1, "151")?;
            remove(f, at)?;
            Some(at - 1)
        };
        "service day and period" 4 "835-4-service-day-or-period" 0
            ["835-4-service-period-end"] |f| {
            let at = first_with(f, "DTM", 1, "472")?;
            insert(f, at + 1, "DTM*150*20240201")
        };
        "professional claim without lines" 4 "835-4-professional-lines" 0 [] |f| {
            let at = claim(f, "2")?;
            set(f, at, 8, "19")
        };
    }
}

fn codes_and_partners() -> Vec<Kind> {
    kinds! {
        "adjustment reason that does not exist" 5 "X12-5-code-unknown" 2 [] |f| {
            let at = first_with(f, "CAS", 2, "45")?;
            set(f, at, 2, "999")
        };
        "adjustment reason out of force" 5 "X12-5-code-expired" 2 [] |f| {
            let at = first_with(f, "CAS", 2, "45")?;
            set(f, at, 2, "A2")
        };
        "remark code that does not exist" 5 "X12-5-code-unknown" 2 [] |f| {
            let at = first_with(f, "LQ", 2, "M15")?;
            set(f, at, 2, "N9999")
        };
        "reason with the wrong group" 5 "835-5-reason-with-wrong-group" 1 [] |f| {
            let at = first_with(f, "CAS", 2, "23")?;
            set(f, at, 1, "CO")
        };
        "reason without its remark" 5 "835-5-remark-code-missing" 2 [] |f| {
            let at = claim(f, "4")?;
            let remark = after(f, at, |p| p.id() == "LQ")?;
            let reason = after(f, at, |p| p.id() == "CAS")?;
            while f.pieces[remark].id() == "LQ" {
                remove(f, remark);
            }
            Some(reason)
        };
        "routing number of the payer with a wrong check digit" 5 "X12-5-routing-number" 7 [] |f| {
            let at = first_with(f, "BPR", 4, "ACH")?;
            set(f, at, 7, "999999993")
        };
        "routing number of the payee with a wrong check digit" 5 "X12-5-routing-number" 13 [] |f| {
            let at = first_with(f, "BPR", 4, "ACH")?;
            set(f, at, 13, "999998880")
        };
        "tax number of the payee with a letter" 2 "X12-2-nine-digits" 2 [] |f| {
            let at = first_with(f, "REF", 1, "TJ")?;
            set(f, at, 2, "12345678A")
        };
        "payee NPI with a wrong check digit" 5 "X12-5-npi" 4 [] |f| {
            let at = first_with(f, "N1", 3, "XX")?;
            set(f, at, 4, "1234567890")
        };
        "service provider NPI with a wrong check digit" 5 "X12-5-npi" 9 [] |f| {
            let at = first_with(f, "NM1", 1, "82")?;
            set(f, at, 9, "1234567894")
        };
        "inpatient adjudication of an office" 6 "835-6-inpatient-on-other-facility" 0 [] |f| {
            let at = first(f, "MIA")?;
            let owner = claim_of(f, at)?;
            set(f, owner, 8, "13")?;
            Some(at)
        };
        "trace longer than the bank record" 7 "835-7-trace-too-long" 2 [] |f| {
            let at = first_with(f, "BPR", 5, "CCP")? + 1;
            set(f, at, 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWX");
            set(f, at, 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        };
    }
}
