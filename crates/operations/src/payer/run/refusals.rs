//! What a run over a claim file says of its interchanges and sets, and why it refuses them.

use super::super::answer::ClaimStatusAnswers;
use super::super::outbox::OutgoingFile;
use super::{Run, reserve_answer_numbers, short};
use crate::error::OperationsError;
use crate::payment_settings::InterchangeUsage;
use counterfoil_base::{Acknowledgement, Finding};
use counterfoil_store::{InterchangeSeen, OutboxState, Transaction};
use counterfoil_x12::{Envelope, Interchange, Writer};

/// TA105: duplicate interchange control number.
const REPLAYED: &str = "025";

/// TA105: invalid test indicator value.
const OTHER_USAGE: &str = "020";

/// Why an interchange is refused whole.
#[derive(Clone, Copy)]
pub(super) struct Refusal {
    /// TA105.
    code: &'static str,
    /// True when its claims can be taken in once the settings allow it. What came in a partner's
    /// record cannot: record and TA1 say that it was refused, and its sender sends it anew.
    pub(super) may_end: bool,
}

impl Run<'_> {
    /// An interchange that is for another use, or whose control number another file had, is
    /// refused: its claims are not taken in.
    pub(super) fn interchange(
        &mut self,
        tx: &Transaction<'_>,
        interchange: &Interchange,
    ) -> Result<(), OperationsError> {
        self.close_answers(tx)?;
        let refusal = self.refusal(tx, interchange)?;
        self.refusal = refusal;
        self.refusals.push(refusal.map(|one| (interchange.clone(), one.code)));
        let source = format!("{}/{}/277CA", self.digest, self.refusals.len());
        match tx.outbox_of(&source)? {
            Some(file) if file.state == OutboxState::Open => {
                tx.outbox_forget_open(&file.file_name)?;
            }
            Some(_) => return Ok(()),
            None => {}
        }
        let day = self.adjudication.desk.received_on;
        let number = reserve_answer_numbers(tx, 1)?;
        let name = format!("277CA-{}-{number}.x12", short(self.digest));
        let answers = ClaimStatusAnswers::new(self.settings, interchange, number, day)?;
        self.answers = Some((answers, OutgoingFile::open(tx, (name, "277CA"), &source)?));
        Ok(())
    }

    /// Whether an interchange is refused whole.
    ///
    /// The control numbers of a partner's files are its own: another who writes its sender code
    /// uses none of them up.
    fn refusal(
        &mut self,
        tx: &Transaction<'_>,
        interchange: &Interchange,
    ) -> Result<Option<Refusal>, OperationsError> {
        let usage = self.settings.usage;
        // A code that ISA15 does not know is the reader's finding already.
        if interchange.usage != usage.code() {
            self.done.count(&other_usage(&interchange.usage, usage));
            let is_known = ["P", "T"].contains(&interchange.usage.as_str());
            let may_end = is_known && self.adjudication.senders.is_empty();
            return Ok(Some(Refusal { code: OTHER_USAGE, may_end }));
        }
        let mut sender = format!("{}*{}", interchange.sender_qualifier, interchange.sender_id);
        if let Some(partner) = self.sender {
            sender = format!("record/{}/{sender}", partner.id);
        }
        let receiver = format!("{}*{}", interchange.receiver_qualifier, interchange.receiver_id);
        let number = &interchange.control_number;
        let seen = tx.record_interchange(&sender, &receiver, number, self.digest)?;
        if !matches!(seen, InterchangeSeen::OtherFile { .. }) {
            return Ok(None);
        }
        self.done.count(&replayed(number));
        Ok(Some(Refusal { code: REPLAYED, may_end: false }))
    }

    /// TA1 with R and a note code: nothing of the interchange was taken in.
    pub(super) fn refuse(
        &self,
        isa: &Interchange,
        code: &str,
        number: u32,
    ) -> Result<Vec<u8>, OperationsError> {
        let day = self.adjudication.desk.received_on;
        let parties = (self.settings.sender_id.as_str(), isa.sender_id.as_str());
        let mut envelope = Envelope::new("FA", "005010X231A1", parties, day);
        envelope.interchange_control_number = number;
        // The answer goes where the question came from: a trial is answered as a trial.
        envelope.usage = if isa.usage == "P" { "P".into() } else { "T".into() };
        let answer = [&isa.control_number, &isa.date, &isa.time, "R", code];
        Writer::interchange_acknowledgement(&envelope, answer).map_err(|error| {
            OperationsError::Unwritable { what: "the TA1", cause: error.to_string() }
        })
    }
}

fn other_usage(code: &str, own: InterchangeUsage) -> Finding {
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

fn replayed(control_number: &str) -> Finding {
    let message = format!("Interchange {control_number} was received before with other content.");
    let answer =
        Acknowledgement { interchange_error: Some(REPLAYED), ..Acknowledgement::default() };
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
