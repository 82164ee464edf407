//! Payment modifiers of the physician fee schedule: which factor each one puts on the fee.
//!
//! Rules and shares: Medicare Claims Processing Manual, chapter 12, sections 20.4 (assistant,
//! 16 percent), 40.2 (global shares), 40.7 (bilateral), 40.8 (co-surgeons) and 110 (AS).

use super::{Stop, has_modifier};
use crate::rates::RvuRow;
use counterfoil_base::{Decimal, Text};
use counterfoil_claim::AdjustmentGroup;

const BILATERAL: Decimal = Decimal::new(15, 1);
const BOTH_SIDES: Decimal = Decimal::new(2, 0);
const ASSISTANT: Decimal = Decimal::new(16, 2);
/// 85 percent of 16 percent.
const ASSISTANT_NON_PHYSICIAN: Decimal = Decimal::new(136, 3);
const CO_SURGEON: Decimal = Decimal::new(625, 3);

/// The modifiers of an assistant at surgery.
pub(crate) const ASSISTANTS: [&str; 4] = ["80", "81", "82", "AS"];

/// The factors of a line's modifiers, in the order in which they are applied.
pub(crate) fn factors(
    row: &RvuRow,
    modifiers: &[Text],
) -> Result<Vec<(&'static str, Decimal)>, Stop> {
    let mut factors = Vec::new();
    if modifiers.is_empty() {
        return Ok(factors);
    }
    if has_modifier(modifiers, &["66"]) {
        return Err(Stop::pend("ADJ-team-surgery", "team surgery is priced by report"));
    }
    if has_modifier(modifiers, &["50"]) {
        match row.bilateral {
            b'1' => factors.push(("bilateral 50", BILATERAL)),
            b'3' => factors.push(("bilateral 50", BOTH_SIDES)),
            _ => {}
        }
    }
    if has_modifier(modifiers, &ASSISTANTS) {
        factors.push(assistant(row, modifiers)?);
    }
    if has_modifier(modifiers, &["62"]) {
        match row.co_surgeon {
            b'2' => factors.push(("co-surgeon 62", CO_SURGEON)),
            b'1' => {
                let message = "co-surgeons are paid only with supporting documentation";
                return Err(Stop::pend("ADJ-co-surgeon", message));
            }
            _ => return Err(not_payable()),
        }
    }
    global_shares(row, modifiers, &mut factors)?;
    Ok(factors)
}

fn assistant(row: &RvuRow, modifiers: &[Text]) -> Result<(&'static str, Decimal), Stop> {
    match row.assistant {
        b'2' if has_modifier(modifiers, &["AS"]) => Ok(("assistant AS", ASSISTANT_NON_PHYSICIAN)),
        b'2' => Ok(("assistant 80-82", ASSISTANT)),
        b'0' => {
            let message = "an assistant at this surgery is paid only with documentation";
            Err(Stop::pend("ADJ-assistant", message))
        }
        _ => Err(not_payable()),
    }
}

/// Multiple physicians or assistants are not covered in this case (CARC 54).
fn not_payable() -> Stop {
    Stop::Deny { group: AdjustmentGroup::ContractualObligation, reason: "54" }
}

/// Modifiers 54, 55, 56 and 78 pay a share of a global fee of 10 or 90 days.
fn global_shares(
    row: &RvuRow,
    modifiers: &[Text],
    factors: &mut Vec<(&'static str, Decimal)>,
) -> Result<(), Stop> {
    if !matches!(row.global.as_str(), "010" | "090") {
        return Ok(());
    }
    let [before, during, after] = row.shares;
    let shares = [
        ("56", "preoperative share 56", before),
        ("54", "intraoperative share 54", during),
        ("78", "intraoperative share 78", during),
        ("55", "postoperative share 55", after),
    ];
    for (modifier, name, share) in shares {
        if has_modifier(modifiers, &[modifier]) {
            if share.is_zero() {
                let message = format!("the table has no share for modifier {modifier}");
                return Err(Stop::pend("ADJ-no-global-share", message));
            }
            factors.push((name, share));
        }
    }
    Ok(())
}
