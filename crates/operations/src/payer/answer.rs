//! The 277CA: one answer for each claim of a transmission, written as the transmission ends.

use super::TakenClaim;
use crate::error::OperationsError;
use crate::payment_settings::PaymentSettings;
use counterfoil_base::{Date, Phi, Text};
use counterfoil_claim::{Claim, Party};
use counterfoil_integrity::answer_claim;
use counterfoil_x12::status_277ca::{
    CLAIM_ACKNOWLEDGMENT_VERSION, ClaimAcknowledgment, NamedEntity, ProviderAnswer,
};
use counterfoil_x12::{Envelope, Interchange, Writer};

/// A 277CA answers at most this many claims in one transaction set, so that memory stays
/// bounded however many claims the sender put into his.
const ANSWERS_PER_TRANSACTION: usize = 5_000;

/// Collects the answers of one interchange and writes them piece by piece.
pub struct ClaimStatusAnswers {
    writer: Writer,
    payer: NamedEntity,
    day: Date,
    receipt_number: String,
    transactions: u32,
    open: Option<ClaimAcknowledgment>,
    answers: usize,
}

impl ClaimStatusAnswers {
    /// Begins the 277CA interchange to a sender.
    pub fn new(
        settings: &PaymentSettings,
        interchange: &Interchange,
        control_number: u32,
        day: Date,
    ) -> Result<ClaimStatusAnswers, OperationsError> {
        let receiver = plain(&interchange.sender_id);
        let parties = (settings.sender_id.as_str(), receiver.as_str());
        let mut envelope = Envelope::new("HN", CLAIM_ACKNOWLEDGMENT_VERSION, parties, day);
        envelope.interchange_control_number = control_number;
        envelope.group_control_number = control_number;
        envelope.usage = settings.usage.code().into();
        // What the sender wrote cannot hold the sender's own separators, so that every value of
        // his can be said back to him as it stood.
        if interchange.separators.are_usable() {
            envelope.separators = interchange.separators;
        }
        let writer = Writer::new(&envelope).map_err(unwritable)?;
        let payer = NamedEntity {
            name: Phi::new(settings.payer.name.clone()),
            id_qualifier: "PI".into(),
            id: Phi::new(settings.payer.id.clone()),
            ..NamedEntity::default()
        };
        Ok(ClaimStatusAnswers {
            writer,
            payer,
            day,
            receipt_number: format!("{control_number:09}"),
            transactions: 0,
            open: None,
            answers: 0,
        })
    }

    /// Adds the answer to a claim; claims come in the order in which they were sent.
    pub fn add(&mut self, claim: &Claim, taken: &TakenClaim) -> Result<(), OperationsError> {
        let full = self.answers >= ANSWERS_PER_TRANSACTION;
        let other_batch = self
            .open
            .as_ref()
            .is_some_and(|open| open.batch_reference != claim.source.batch_reference);
        if full || other_batch {
            self.close()?;
        }
        let answer = answer_claim(claim, &taken.rejections, &taken.claim_control_number);
        let acknowledgment = match self.open.take() {
            Some(open) => open,
            None => self.begin(claim),
        };
        let acknowledgment = self.open.insert(acknowledgment);
        let provider = entity(&claim.billing_provider);
        match acknowledgment.providers.last_mut() {
            Some(last) if last.provider == provider => last.claims.push(answer),
            _ => acknowledgment.providers.push(ProviderAnswer { provider, claims: vec![answer] }),
        }
        self.answers += 1;
        Ok(())
    }

    fn begin(&mut self, claim: &Claim) -> ClaimAcknowledgment {
        self.transactions += 1;
        self.answers = 0;
        ClaimAcknowledgment {
            transaction_control_number: format!("{:04}", self.transactions).into(),
            reference: format!("{}{:04}", self.receipt_number, self.transactions).into(),
            created: self.day,
            created_time: "0000".into(),
            payer: self.payer.clone(),
            receipt_number: Text::from(&self.receipt_number),
            received: self.day,
            processed: self.day,
            submitter: entity(&claim.submitter),
            batch_reference: claim.source.batch_reference.clone(),
            providers: Vec::new(),
        }
    }

    /// Ends the open transaction set, when there is one.
    pub fn close(&mut self) -> Result<(), OperationsError> {
        if let Some(open) = self.open.take() {
            open.write(&mut self.writer).map_err(unwritable)?;
        }
        self.answers = 0;
        Ok(())
    }

    /// Takes out what is written so far.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.writer.take_output()
    }

    /// Ends the interchange; nothing when no claim was answered.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, OperationsError> {
        self.close()?;
        if self.transactions == 0 {
            return Ok(None);
        }
        self.writer.finish().map(Some).map_err(unwritable)
    }
}

/// A sender's identifier as an envelope can hold it.
fn plain(id: &str) -> String {
    let kept: String = id.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    if kept.is_empty() { "UNKNOWN".to_owned() } else { kept }
}

fn entity(party: &Party) -> NamedEntity {
    NamedEntity {
        is_person: party.entity_type == "1",
        name: Phi::new(party.name.clone()),
        first_name: Phi::new(party.first_name.clone()),
        middle_name: Phi::new(party.middle_name.clone()),
        suffix: Phi::new(party.suffix.clone()),
        id_qualifier: party.id_qualifier.clone(),
        id: Phi::new(party.id.clone()),
    }
}

fn unwritable(cause: impl ToString) -> OperationsError {
    OperationsError::Unwritable { what: "the 277CA", cause: cause.to_string() }
}
