//! Can the claim that a replacement or void names (REF F8) be taken back by it?
//!
//! A replacement or void restates one bill of one provider, patient, insured and period of
//! service (NUBC, type of bill frequency codes 7 and 8); another patient, provider or period is
//! corrected by a void of the earlier claim and a new claim (CMS Claims Processing Manual,
//! chapter 1, condition codes D5 and D6).

use crate::edits::{Edit, Run};
use crate::history::{ClaimHistory, NamedClaim};
use crate::place;
use counterfoil_base::{Cents, Position};
use counterfoil_claim::FrequencyCode;

const UNKNOWN: Edit = Edit {
    code: "INT-7-earlier-claim-unknown",
    snip: 7,
    cause: "A replacement or void can only correct a claim that the payer holds.",
};
const PROVIDER: Edit = Edit {
    code: "INT-7-earlier-claim-provider",
    snip: 7,
    cause: "A replacement or void corrects a claim of the same billing provider, since it takes \
            its payment back.",
};
const PATIENT: Edit = Edit {
    code: "INT-7-earlier-claim-patient",
    snip: 7,
    cause: "A replacement or void corrects a claim of the same member and patient, since it takes \
            that claim back; member number or first name of the patient differ.",
};
const KIND: Edit = Edit {
    code: "INT-7-earlier-claim-kind",
    snip: 7,
    cause: "A professional claim corrects a professional one, an institutional claim an \
            institutional one.",
};
const DAYS: Edit = Edit {
    code: "INT-7-earlier-claim-days",
    snip: 7,
    cause: "A replacement or void corrects the claim for the same days of service; only condition \
            code D0 of a replacement says that they were wrong.",
};
const TAKEN_BACK: Edit = Edit {
    code: "INT-7-earlier-claim-taken-back",
    snip: 7,
    cause: "A claim is taken back once; what stands now is the claim that replaced it, if any.",
};
const WAITS: Edit = Edit {
    code: "INT-7-earlier-claim-waits",
    snip: 7,
    cause: "Only a claim that was decided can be taken back.",
};
const RETURNED: Edit = Edit {
    code: "INT-7-earlier-claim-returned",
    snip: 7,
    cause: "A returned claim was never taken in, so that there is nothing to correct.",
};
const VOID_CHARGE: Edit = Edit {
    code: "INT-7-void-charge",
    snip: 7,
    cause: "A void takes the earlier claim back whole, whatever it charges itself.",
};

/// Another claim is named than the one that was meant.
const CHECK_NUMBER: &str = "Check the payer's claim control number in REF F8 against the \
                            remittance advice";

pub(super) fn check(run: &mut Run<'_>, history: &dyn ClaimHistory) {
    let claim = run.claim;
    if claim.frequency() == FrequencyCode::Original {
        return;
    }
    let Some(named) = history.named_claim(claim) else { return };
    let void_and_new = format!(
        "{CHECK_NUMBER}; if it is the claim that was meant, void it as it was sent and send a new \
         claim with frequency 1."
    );
    let (edit, message, fix) = match named {
        NamedClaim::Stands { charge_cents } => return check_void(run, charge_cents),
        NamedClaim::Unknown => {
            let message = "The claim to be replaced or voided is not known to the payer.";
            let at = place::of_claim_element(claim, 5, 3);
            return run.refuse(&UNKNOWN, at, message.to_owned(), &format!("{CHECK_NUMBER}."));
        }
        NamedClaim::OtherProvider => (
            &PROVIDER,
            "The claim to be replaced or voided is another billing provider's.".to_owned(),
            format!("{CHECK_NUMBER}; a claim is voided by the provider that sent it."),
        ),
        NamedClaim::OtherPatient => (
            &PATIENT,
            "The claim to be replaced or voided is another patient's.".to_owned(),
            void_and_new,
        ),
        NamedClaim::OtherKind => (
            &KIND,
            "The claim to be replaced or voided is of the other kind.".to_owned(),
            void_and_new,
        ),
        NamedClaim::OtherDays => (
            &DAYS,
            "The claim to be replaced or voided is for other days of service.".to_owned(),
            void_and_new,
        ),
        NamedClaim::TakenBack(how) => (
            &TAKEN_BACK,
            format!("The claim to be replaced or voided stands no more: it was {how}."),
            "Name the claim that stands now in REF F8; after a void send a new claim with \
             frequency 1."
                .to_owned(),
        ),
        NamedClaim::Waits => (
            &WAITS,
            "The claim to be replaced or voided still waits for its decision.".to_owned(),
            "Send it again when the remittance advice has reported the earlier claim.".to_owned(),
        ),
        NamedClaim::Returned => (
            &RETURNED,
            "The claim to be replaced or voided was returned.".to_owned(),
            "Send the corrected claim with frequency 1 and without REF F8.".to_owned(),
        ),
    };
    run.refuse(edit, of_reference(run), message, &fix);
}

fn check_void(run: &mut Run<'_>, charge_cents: Cents) {
    let claim = run.claim;
    if claim.frequency() == FrequencyCode::Void && claim.charge_cents != charge_cents {
        let message = format!(
            "The void charges {}, the claim that it takes back {charge_cents}.",
            claim.charge_cents
        );
        let fix = "Check that REF F8 names the claim that was meant; to correct a charge send \
                   frequency 7.";
        run.warn(&VOID_CHARGE, place::of_claim_element(claim, 2, 0), message, fix);
    }
}

/// The REF F8 of the claim, whose place in the file the model does not keep.
fn of_reference(run: &Run<'_>) -> Position {
    place::of_loop("REF", 2, place::claim_loop(run.claim).to_string())
}
