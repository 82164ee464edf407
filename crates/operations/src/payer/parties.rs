//! The parties of a claim: whom it is from, whom it is for, and where its payments go.

use super::adjudication::Adjudication;
use crate::error::OperationsError;
use crate::payment_settings::PaymentSettings;
use counterfoil_adjudicate::DecisionState;
use counterfoil_base::{Acknowledgement, Finding, Position, Text};
use counterfoil_claim::{Claim, Party};
use counterfoil_store::{PayeeRow, Transaction};

impl Adjudication<'_> {
    /// Whom the claim is from and for: what a payer's office cannot work without.
    pub(super) fn check_parties(&self, claim: &Claim) -> Vec<Finding> {
        let no_payee = payee_key(&claim.billing_provider).is_empty().then(no_payee);
        let other_payer = self
            .settings
            .filter(|settings| !settings.is_named_by(&claim.payer.id))
            .map(other_payer);
        no_payee.into_iter().chain(other_payer).collect()
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
        let Some(sender) = self.sender else { return Ok(true) };
        Ok(self.partners.find(transaction, payee_key)? == Some(sender))
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
