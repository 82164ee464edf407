//! The parties of a claim: whom it is from, whom it is for, and where its payments go.

use super::adjudication::Adjudication;
use crate::error::OperationsError;
use crate::halves::Partner;
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::DecisionState;
use counterfoil_base::{Acknowledgement, Finding, Position, Text};
use counterfoil_claim::{Claim, FrequencyCode, Party};
use counterfoil_store::{PayeeRow, Transaction};

/// Whose a claim is.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    /// In whose record it is told.
    pub(super) partner: Option<Partner>,
    /// True when its file is a partner's and the claim is not that partner's to send.
    pub(super) is_foreign: bool,
}

impl Adjudication<'_> {
    /// Whose the claim is, by its billing provider and by whom its file is from.
    ///
    /// A file that a partner's events name speaks for that partner alone: it may not hold claims of
    /// another partner, nor correct or void those of a billing provider that is no partner's. Such
    /// a claim comes back to who sent it; whose it would be hears and loses nothing.
    pub(super) fn origin(
        &mut self,
        transaction: &Transaction<'_>,
        claim: &Claim,
    ) -> Result<Origin, OperationsError> {
        let owner = self.partners.find(transaction, &payee_key(&claim.billing_provider))?;
        if self.senders.is_empty() || owner.is_some_and(|one| self.senders.contains(&one)) {
            return Ok(Origin { partner: owner, is_foreign: false });
        }
        let takes_back = claim.frequency() != FrequencyCode::Original;
        if owner.is_none() && !takes_back {
            return Ok(Origin { partner: None, is_foreign: false });
        }
        let partner = match self.senders.as_slice() {
            [sender] => Some(*sender),
            _ => None,
        };
        Ok(Origin { partner, is_foreign: true })
    }

    /// Whom the claim is from and for: what a payer's office cannot work without.
    pub(super) fn check_parties(&self, claim: &Claim, origin: &Origin) -> Vec<Finding> {
        let no_payee = payee_key(&claim.billing_provider).is_empty().then(no_payee);
        let other_payer = self
            .settings
            .filter(|settings| !settings.is_named_by(&claim.payer.id))
            .map(other_payer);
        let other_sender = origin.is_foreign.then(other_sender);
        no_payee.into_iter().chain(other_payer).chain(other_sender).collect()
    }

    /// Whom payments go to is written when a claim says something new of it, not with each.
    ///
    /// What is on record is changed by a claim alone that is paid or may be, in a file that is not
    /// another partner's: a returned or denied claim would cost whoever sends it nothing.
    pub(super) fn keep_payee(
        &mut self,
        transaction: &Transaction<'_>,
        provider: &Party,
        state: DecisionState,
    ) -> Result<(), OperationsError> {
        let row = payee_row(provider);
        let key = Text::from(&row.payee_key);
        if state == DecisionState::Rejected || self.payees.get(&key) == Some(&row) {
            return Ok(());
        }
        let stands = matches!(state, DecisionState::Approved | DecisionState::Pended);
        let may_change = stands && self.comes_from(transaction, &key)?;
        if may_change || transaction.payee(&key)?.is_none() {
            transaction.set_payee(&row)?;
            self.payees.insert(key, row);
        }
        Ok(())
    }

    /// True unless the file is a partner's to which this billing provider does not belong.
    fn comes_from(
        &mut self,
        transaction: &Transaction<'_>,
        payee_key: &str,
    ) -> Result<bool, OperationsError> {
        if self.senders.is_empty() {
            return Ok(true);
        }
        let owner = self.partners.find(transaction, payee_key)?;
        Ok(owner.is_some_and(|one| self.senders.contains(&one)))
    }
}

/// Without an identifier nobody could be paid, nor the claim told from another's.
fn no_payee() -> Finding {
    Finding::error("OPS-2-payee-missing", 2, "The billing provider has no NPI and no tax number.")
        .because("Payments and claim numbers go by the billing provider (005010X222A1, 2010AA).")
        .fix("Send the NPI in NM109 and the tax number in REF EI of loop 2010AA.")
}

/// Claim status category and code of a claim that came to the wrong payer (lists 507 and 508:
/// returned as unprocessable; submitted to the incorrect payer).
const WRONG_PAYER: (&str, &str) = ("A3", "116");

fn other_payer(settings: &PaymentSettings) -> Finding {
    let (category, code) = WRONG_PAYER;
    let answer = Acknowledgement {
        status_category: Some(category),
        status_code: Some(code),
        ..Acknowledgement::default()
    };
    let at = Position {
        segment_id: "NM1".into(),
        element: 9,
        loop_path: "2000A/2000B/2010BB".into(),
        ..Position::default()
    };
    let id = &settings.payer.id;
    Finding::error("OPS-7-other-payer", 7, "The claim names another payer than this one.")
        .at(at)
        .because("NM109 of loop 2010BB says whom the claim is for; only that payer decides it.")
        .fix(format!("Send it to the payer that it names, or name this one as {id}."))
        .answered_by(answer)
}

/// Claim status category, code and entity of a claim that another may not send (lists 507 and 508:
/// returned as unprocessable; the submitter is not approved for claims of this entity).
const OTHER_SENDER: (&str, &str, &str) = ("A3", "496", "85");

fn other_sender() -> Finding {
    let (category, code, entity) = OTHER_SENDER;
    let answer = Acknowledgement {
        status_category: Some(category),
        status_code: Some(code),
        status_entity: Some(entity),
        ..Acknowledgement::default()
    };
    let at = Position {
        segment_id: "NM1".into(),
        element: 9,
        loop_path: "2000A/2010AA".into(),
        ..Position::default()
    };
    Finding::error("OPS-7-other-sender", 7, "The billing provider is not the sender's own.")
        .at(at)
        .because("A file in a partner's record holds the claims of that partner alone.")
        .fix("Send it under your own NPI, or ask the payer to record this one as yours.")
        .answered_by(answer)
}

/// Payments go to the billing provider: by NPI, else by tax number.
pub(crate) fn payee_key(provider: &Party) -> Text {
    Text::from(provider.npi().or(provider.tax_id()).unwrap_or(""))
}

fn payee_row(provider: &Party) -> PayeeRow {
    let address = provider.address.clone().unwrap_or_default();
    PayeeRow {
        payee_key: payee_key(provider).to_string(),
        name: provider.name.to_string(),
        npi: provider.npi().unwrap_or("").to_owned(),
        tax_id: provider.tax_id().unwrap_or("").to_owned(),
        address: address.line_1.expose().to_string(),
        city: address.city.to_string(),
        state: address.state.to_string(),
        postal_code: address.postal_code.to_string(),
    }
}
