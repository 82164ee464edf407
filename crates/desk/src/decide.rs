//! A named person decides a pended claim: the same operation as `counterfoil claim decide`.

use crate::book::{Book, Story};
use crate::claims::{OwnClaim, version_of};
use crate::office::{OfficeDesk, trouble};
use counterfoil_base::{Cents, Text};
use counterfoil_claim::ClaimState;
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{
    DecideRequest, PackSource, PayerDesk, PersonVerdict, decide_pended,
};
use counterfoil_store::{DecisionRow, Store, StoreError};
use counterfoil_web::view::DecisionChoice;
use counterfoil_web::{Answer, Decision, DeskError, DeskErrorKind, FigureAddress, Viewer};

/// Denials that a person may choose: name in the form, words, claim adjustment reason code.
const DENIALS: [(&str, &str, &str); 4] = [
    ("deny-18", "Deny: the same services were billed before (CO-18)", "18"),
    ("deny-29", "Deny: the claim came after the limit for filing (CO-29)", "29"),
    ("deny-50", "Deny: not medically necessary, as a named clinician judged (CO-50)", "50"),
    ("deny-197", "Deny: the service needs an authorization (CO-197)", "197"),
];

/// Why a decision did not happen.
enum Stopped {
    Store(StoreError),
    Operations(OperationsError),
    /// There is no such claim.
    Absent,
    /// Somebody was quicker: who, when and what, when that is on record.
    Changed(Option<Box<DecisionRow>>),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Stopped {
        Stopped::Store(error)
    }
}

impl From<OperationsError> for Stopped {
    fn from(error: OperationsError) -> Stopped {
        Stopped::Operations(error)
    }
}

fn conflict(why: &str) -> DeskError {
    DeskError::new(DeskErrorKind::Conflict, "This claim has changed since it was shown.", why)
        .next("Load the claim again and look at what was decided.")
        .unchanged("The claim as it stands now; your decision was not taken.")
}

impl OfficeDesk {
    pub(crate) fn choices(
        &self,
        id: &str,
        claim: &OwnClaim,
        book: &mut Book,
    ) -> Vec<DecisionChoice> {
        let OwnClaim::Payer(row, _) = claim else { return Vec::new() };
        if row.update.state != ClaimState::Pended || self.engines().is_none() {
            return Vec::new();
        }
        let mut choice = |name: &str, words: &str, amount: Cents, sentence: &str| {
            let address = FigureAddress::new("claim", id, &format!("effect-{name}"));
            let source = "the tentative decision of the day of receipt";
            DecisionChoice {
                name: name.to_owned(),
                words: words.to_owned(),
                effect: book.money(amount, address, Story::stated(sentence, source, "own rule")),
                needs_reason: true,
            }
        };
        let paid = row.update.paid_cents;
        let would = "What the claim would pay as it was priced when it pended; the decision prices \
                     it anew with today's accumulators.";
        let mut choices = vec![choice("approve", "Approve as priced", paid, would)];
        for (name, words, _) in DENIALS {
            choices.push(choice(name, words, Cents::ZERO, "A denial pays nothing."));
        }
        choices
    }

    pub(crate) fn decide_one(&self, viewer: &Viewer, asked: &Decision) -> Answer<Option<()>> {
        let Some(engines) = self.engines().filter(|_| self.is_payer()) else {
            return Err(DeskError::new(
                DeskErrorKind::Invalid,
                "Nothing was decided.",
                "This node has no rates and members to decide with.",
            ));
        };
        let Some([_, number]) = self.keys("claim", &asked.claim) else { return Ok(None) };
        let Some(verdict) = verdict(&asked.choice) else {
            let why = "The choice is none that this claim offers.";
            return Err(DeskError::new(DeskErrorKind::Invalid, "Nothing was decided.", why));
        };
        // A connection of its own: deciding waits for the disk, and reading goes on meanwhile.
        let opened = Store::open_folder(&self.data);
        let mut store = opened.map_err(|error| trouble(&error))?;
        let payer = PayerDesk {
            rates: &engines.rates,
            members: &engines.members,
            engine: &engines.engine,
            packs: PackSource::Record,
            received_on: self.day().unwrap_or(viewer.today),
        };
        let request = DecideRequest {
            claim_control_number: &number,
            person: &viewer.account.name,
            verdict,
            reason: asked.reason.expose(),
        };
        let done = decide_pended(&mut store, payer, &request, |tx| {
            let row = tx.claim(&number)?.ok_or(Stopped::Absent)?;
            let decisions = tx.decisions(&number)?;
            if version_of(&row, &decisions) != asked.version
                || row.update.state != ClaimState::Pended
            {
                return Err(Stopped::Changed(decisions.into_iter().next_back().map(Box::new)));
            }
            Ok(())
        });
        match done {
            Ok(_) => {
                self.tell(&format!("claim/{}", asked.claim), "A pended claim was decided.");
                self.tell("work", "A pended claim was decided.");
                Ok(Some(()))
            }
            Err(Stopped::Absent) => Ok(None),
            Err(Stopped::Changed(first)) => Err(conflict(&match first {
                Some(one) => {
                    let (by, on) = (&one.decided_by, &one.decided_on);
                    format!("{by} decided it first, on {on}: {}.", one.verdict)
                }
                None => "It was decided elsewhere, or its price has changed.".to_owned(),
            })),
            Err(Stopped::Operations(OperationsError::Refused(why))) => {
                Err(DeskError::new(DeskErrorKind::Invalid, "Nothing was decided.", &why)
                    .unchanged("The claim; it waits as before."))
            }
            Err(Stopped::Operations(OperationsError::Store(error)) | Stopped::Store(error)) => {
                Err(trouble(&error))
            }
            Err(Stopped::Operations(error)) => {
                let why = error.to_string();
                Err(DeskError::new(DeskErrorKind::Failed, "Nothing was decided.", &why))
            }
        }
    }
}

fn verdict(choice: &str) -> Option<PersonVerdict> {
    if choice == "approve" {
        return Some(PersonVerdict::Approve);
    }
    let (_, _, code) = DENIALS.iter().find(|(name, _, _)| *name == choice)?;
    let (reason_code, remark_code) = (Text::from(*code), Text::default());
    Some(PersonVerdict::Deny { reason_code, remark_code })
}
