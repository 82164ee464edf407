//! What a run over a claim file says of its interchanges and sets, and why it refuses them.

use crate::payment_settings::InterchangeUsage;
use counterfoil_base::{Acknowledgement, Finding};

/// TA105: duplicate interchange control number.
pub(super) const REPLAYED: &str = "025";

/// TA105: invalid test indicator value.
pub(super) const OTHER_USAGE: &str = "020";

pub(super) fn other_usage(code: &str, own: InterchangeUsage) -> Finding {
    let message =
        format!("The interchange is marked {code} in ISA15; this payer takes {}.", own.code());
    let answer =
        Acknowledgement { interchange_error: Some(OTHER_USAGE), ..Acknowledgement::default() };
    Finding::error("OPS-1-usage-indicator", 1, message)
        .because(format!("payment.toml says that this payer is for {}.", own.word()))
        .fix("Send it with the right usage indicator; none of its claims was taken in.")
        .answered_by(answer)
}

pub(super) fn rules_changed() -> Finding {
    let message = "The file was begun with other rules, tables, rates or members.";
    Finding::warning("OPS-7-rules-changed", 7, message.to_owned())
        .because("Claims decided before stand; the others are decided with those of now.")
        .fix("Look at both parts of the file when the change matters to its claims.")
}

pub(super) fn replayed(control_number: &str) -> Finding {
    let message = format!("Interchange {control_number} was received before with other content.");
    // TA105 025: duplicate interchange control number.
    let answer = Acknowledgement { interchange_error: Some("025"), ..Acknowledgement::default() };
    Finding::error("OPS-7-control-number-replayed", 7, message)
        .because("A control number names one interchange of a sender for good (X12.5, ISA13).")
        .fix("Send it again under a new control number; none of its claims was taken in.")
        .answered_by(answer)
}

/// What is said of a transaction set that adjudication has no guide for.
#[must_use]
pub fn not_claims(set_id: &str) -> Finding {
    Finding::warning("OPS-7-not-claims", 7, format!("A transaction set {set_id} holds no claims."))
        .because("Adjudication takes 837P and 837I of version 005010.")
        .fix("Send claims alone; the others were passed over.")
}
