//! The 277CA (005010X214): one answer for each claim that was sent, with sums that balance.
//!
//! The acknowledgment answers one transmission of claims (one 837 transaction set): its batch
//! number (BHT03 of the 837) stands in 2200B TRN02 and each claim's patient control number
//! (CLM01) in 2200D TRN02, so that the sender can tie every answer to what was sent.

use crate::writer::{WriteError, Writer};
use counterfoil_base::{Cents, Date, DateRange, Phi, Text, format_ccyymmdd};

/// One status: STC01, STC10 or STC11.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusInformation {
    /// Claim status category (external code source 507), for example `A2` or `A7`.
    pub category: Text,
    /// Claim status code (external code source 508), for example `20` or `562`.
    pub code: Text,
    /// Entity that the status is about (98), for example `85`; empty when it needs none.
    pub entity: Text,
}

impl StatusInformation {
    /// True for A3, A4 and A6 to A8: the claim does not enter adjudication.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        matches!(self.category.as_str(), "A3" | "A4" | "A6" | "A7" | "A8")
    }
}

/// A name with its identifier (NM1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedEntity {
    /// NM102: true for a person (`1`), false for an organization (`2`).
    pub is_person: bool,
    /// NM103.
    pub name: Phi<Text>,
    /// NM104, persons only.
    pub first_name: Phi<Text>,
    /// NM105, persons only.
    pub middle_name: Phi<Text>,
    /// NM107, persons only.
    pub suffix: Phi<Text>,
    /// NM108: `PI`, `XV`, `FI` or `46` for a payer, `46` for a submitter, `XX` or `FI` for a
    /// provider, `MI` or `II` for a patient.
    pub id_qualifier: Text,
    /// NM109.
    pub id: Phi<Text>,
}

/// The answer to a service line that has an error (2220D); the guide answers no other line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineAnswer {
    /// SVC01-1, for example `HC`, or `NU` for a revenue code.
    pub procedure_qualifier: Text,
    /// SVC01-2.
    pub procedure: Text,
    /// SVC01-3 to SVC01-6; more than four are not written.
    pub modifiers: Vec<Text>,
    /// SVC02.
    pub charge_cents: Cents,
    /// SVC04, when SVC01 is not itself the revenue code.
    pub revenue_code: Text,
    /// SVC07 as the claim stated it.
    pub units: Text,
    /// REF FJ: the line's number in the claim (REF 6R or LX01 of the 837).
    pub control_number: Text,
    /// DTP 472.
    pub service: Option<DateRange>,
    /// STC, at least one.
    pub statuses: Vec<StatusInformation>,
}

/// The answer to a claim (2000D).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimAnswer {
    /// NM1 QC.
    pub patient: NamedEntity,
    /// CLM01 of the claim.
    pub patient_control_number: Text,
    /// CLM02 of the claim.
    pub charge_cents: Cents,
    /// STC, at least one; the first decides whether the claim is accepted.
    pub statuses: Vec<StatusInformation>,
    /// REF 1K: the payer's number, given to accepted claims.
    pub payer_claim_control_number: Text,
    /// REF D9 of the claim.
    pub clearinghouse_number: Text,
    /// REF BLT: type of bill of an institutional claim.
    pub bill_type: Text,
    /// DTP 472: dates of service, or the statement period.
    pub service: Option<DateRange>,
    /// Lines with errors.
    pub lines: Vec<LineAnswer>,
}

impl ClaimAnswer {
    /// True when the claim enters adjudication.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.statuses.first().is_some_and(|status| !status.is_rejection())
    }
}

/// The claims of one billing provider (2000C).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderAnswer {
    /// NM1 85.
    pub provider: NamedEntity,
    /// The answers, in the order of the 837.
    pub claims: Vec<ClaimAnswer>,
}

/// A whole 277CA for one transmission of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimAcknowledgment {
    /// ST02.
    pub transaction_control_number: Text,
    /// BHT03: the answering side's own number.
    pub reference: Text,
    /// BHT04.
    pub created: Date,
    /// BHT05, HHMM or HHMMSS.
    pub created_time: Text,
    /// NM1 PR of 2100A: who answers.
    pub payer: NamedEntity,
    /// 2200A TRN02: the number given to the transmission on receipt.
    pub receipt_number: Text,
    /// DTP 050.
    pub received: Date,
    /// DTP 009.
    pub processed: Date,
    /// NM1 41 of 2100B: who sent the claims.
    pub submitter: NamedEntity,
    /// 2200B TRN02: BHT03 of the 837.
    pub batch_reference: Text,
    /// The claims by billing provider, in the order of the 837.
    pub providers: Vec<ProviderAnswer>,
}

/// How many claims and how much charge were accepted and rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcknowledgmentTotals {
    /// Claims that enter adjudication.
    pub accepted_count: u64,
    /// Claims that are returned.
    pub rejected_count: u64,
    /// Charges of the accepted claims.
    pub accepted_cents: Cents,
    /// Charges of the rejected claims.
    pub rejected_cents: Cents,
}

/// Why a 277CA was not written. The transaction set that was begun is not ended: the writer
/// cannot be finished and is to be dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgmentError {
    /// Data that cannot be written as it is.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A claim (1-based, over all providers) or one of its lines has no status.
    #[error("claim {0} has an answer without a status")]
    StatusMissing(usize),
    /// The charges add up to more than an amount can hold.
    #[error("the charges add up to more than an amount can hold")]
    TooLarge,
}

/// ST03 and GS08; GS01 is `HN`.
pub const CLAIM_ACKNOWLEDGMENT_VERSION: &str = "005010X214";

/// Category A1 with code 19 and the payer as entity: received, each claim has its own answer.
const RECEIVED: [&str; 3] = ["A1", "19", "PR"];
/// STC03: accepted.
const ACCEPT: &str = "WQ";
/// STC03: rejected.
const REJECT: &str = "U";
/// 2200C TRN02 where the provider has no number of its own.
const NO_TRACE: &str = "0";
/// STC01, STC10 and STC11 hold a status each.
const STATUSES_PER_SEGMENT: usize = 3;

impl ClaimAcknowledgment {
    /// Counts and charges by answer, over all claims.
    pub fn totals(&self) -> Result<AcknowledgmentTotals, AcknowledgmentError> {
        totals(self.providers.iter().flat_map(|provider| &provider.claims))
    }

    /// Writes the acknowledgment as one transaction set of an interchange whose group is
    /// `HN` 005010X214, and gives back its totals.
    pub fn write(&self, writer: &mut Writer) -> Result<AcknowledgmentTotals, AcknowledgmentError> {
        let totals = self.totals()?;
        self.check_statuses()?;
        let number = &self.transaction_control_number;
        writer.start_transaction("277", number, CLAIM_ACKNOWLEDGMENT_VERSION)?;
        let mut body = Body { writer, levels: 0, processed: format_ccyymmdd(self.processed) };
        body.header(self)?;
        body.source(self)?;
        body.receiver(self, totals)?;
        let receiver = body.levels;
        for provider in &self.providers {
            body.provider(provider, receiver)?;
        }
        writer.end_transaction()?;
        Ok(totals)
    }

    fn check_statuses(&self) -> Result<(), AcknowledgmentError> {
        let claims = self.providers.iter().flat_map(|provider| &provider.claims);
        for (index, claim) in claims.enumerate() {
            let lines_answered = claim.lines.iter().all(|line| !line.statuses.is_empty());
            if claim.statuses.is_empty() || !lines_answered {
                return Err(AcknowledgmentError::StatusMissing(index + 1));
            }
        }
        Ok(())
    }
}

fn totals<'a>(
    claims: impl Iterator<Item = &'a ClaimAnswer>,
) -> Result<AcknowledgmentTotals, AcknowledgmentError> {
    let mut totals = AcknowledgmentTotals::default();
    for claim in claims {
        let (count, sum) = if claim.is_accepted() {
            (&mut totals.accepted_count, &mut totals.accepted_cents)
        } else {
            (&mut totals.rejected_count, &mut totals.rejected_cents)
        };
        *count += 1;
        *sum = sum.checked_add(claim.charge_cents).ok_or(AcknowledgmentError::TooLarge)?;
    }
    Ok(totals)
}

impl AcknowledgmentTotals {
    fn charge(self) -> Result<Cents, AcknowledgmentError> {
        self.accepted_cents.checked_add(self.rejected_cents).ok_or(AcknowledgmentError::TooLarge)
    }
}

/// The segments of one transaction set on their way out.
struct Body<'w> {
    writer: &'w mut Writer,
    /// HL segments so far.
    levels: u64,
    /// STC02.
    processed: String,
}

impl Body<'_> {
    fn segment(&mut self, id: &str, elements: &[&str]) -> Result<(), WriteError> {
        let mut segment = self.writer.segment(id);
        elements.iter().for_each(|element| segment.push_element(element));
        segment.end()
    }

    /// HL: number, parent, level and, where the guide wants it, whether there are levels below.
    fn level(&mut self, parent: Option<u64>, code: &str, below: &str) -> Result<(), WriteError> {
        self.levels += 1;
        let (number, parent) =
            (self.levels.to_string(), parent.map_or(String::new(), |p| p.to_string()));
        self.segment("HL", &[&number, &parent, code, below])
    }

    fn name(&mut self, entity: &str, named: &NamedEntity) -> Result<(), WriteError> {
        let elements = [
            entity,
            if named.is_person { "1" } else { "2" },
            named.name.expose(),
            named.first_name.expose(),
            named.middle_name.expose(),
            "",
            named.suffix.expose(),
            &named.id_qualifier,
            named.id.expose(),
        ];
        self.segment("NM1", &elements)
    }

    fn date(&mut self, qualifier: &str, day: Date) -> Result<(), WriteError> {
        self.segment("DTP", &[qualifier, "D8", &format_ccyymmdd(day)])
    }

    fn service(&mut self, range: Option<DateRange>) -> Result<(), WriteError> {
        match range {
            None => Ok(()),
            Some(range) if range.from == range.to => self.date("472", range.from),
            Some(DateRange { from, to }) => {
                let span = format!("{}-{}", format_ccyymmdd(from), format_ccyymmdd(to));
                self.segment("DTP", &["472", "RD8", &span])
            }
        }
    }

    fn amount(&mut self, qualifier: &str, cents: Cents) -> Result<(), WriteError> {
        self.segment("AMT", &[qualifier, &cents.to_x12()])
    }

    /// References are left out when there is nothing to refer to.
    fn reference(&mut self, qualifier: &str, value: &str) -> Result<(), WriteError> {
        if value.is_empty() { Ok(()) } else { self.segment("REF", &[qualifier, value]) }
    }

    fn header(&mut self, said: &ClaimAcknowledgment) -> Result<(), WriteError> {
        let created = format_ccyymmdd(said.created);
        let (reference, time) = (&said.reference, &said.created_time);
        self.segment("BHT", &["0085", "08", reference, &created, time, "TH"])
    }

    fn source(&mut self, said: &ClaimAcknowledgment) -> Result<(), WriteError> {
        self.level(None, "20", "1")?;
        self.name("PR", &said.payer)?;
        self.segment("TRN", &["1", &said.receipt_number])?;
        self.date("050", said.received)?;
        self.date("009", said.processed)
    }

    fn receiver(
        &mut self,
        said: &ClaimAcknowledgment,
        totals: AcknowledgmentTotals,
    ) -> Result<(), AcknowledgmentError> {
        self.level(Some(1), "21", if said.providers.is_empty() { "0" } else { "1" })?;
        self.name("41", &said.submitter)?;
        self.segment("TRN", &["2", &said.batch_reference])?;
        let charge = totals.charge()?.to_x12();
        let processed = self.processed.clone();
        let status = self.writer.segment("STC").composite(&RECEIVED);
        status.element(&processed).element(ACCEPT).element(&charge).end()?;
        Ok(self.totals(["90", "AA"], totals)?)
    }

    fn totals(
        &mut self,
        [accepted, rejected]: [&str; 2],
        totals: AcknowledgmentTotals,
    ) -> Result<(), WriteError> {
        let counts = [(accepted, totals.accepted_count), (rejected, totals.rejected_count)];
        for (qualifier, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.segment("QTY", &[qualifier, &count.to_string()])?;
        }
        if totals.accepted_count > 0 {
            self.amount("YU", totals.accepted_cents)?;
        }
        if totals.rejected_count > 0 {
            self.amount("YY", totals.rejected_cents)?;
        }
        Ok(())
    }

    fn provider(
        &mut self,
        provider: &ProviderAnswer,
        receiver: u64,
    ) -> Result<(), AcknowledgmentError> {
        self.level(Some(receiver), "19", if provider.claims.is_empty() { "0" } else { "1" })?;
        let level = self.levels;
        self.name("85", &provider.provider)?;
        let totals = totals(provider.claims.iter())?;
        self.segment("TRN", &["1", NO_TRACE])?;
        let charge = totals.charge()?.to_x12();
        let status = self.writer.segment("STC").composite(&RECEIVED);
        status.element("").element(ACCEPT).element(&charge).end()?;
        self.totals(["QA", "QC"], totals)?;
        for claim in &provider.claims {
            self.claim(claim, level)?;
        }
        Ok(())
    }

    fn claim(&mut self, claim: &ClaimAnswer, provider: u64) -> Result<(), WriteError> {
        self.level(Some(provider), "PT", "")?;
        self.name("QC", &claim.patient)?;
        self.segment("TRN", &["2", &claim.patient_control_number])?;
        let action = if claim.is_accepted() { ACCEPT } else { REJECT };
        let charge = claim.charge_cents.to_x12();
        self.statuses(&claim.statuses, action, &charge)?;
        self.reference("1K", &claim.payer_claim_control_number)?;
        self.reference("D9", &claim.clearinghouse_number)?;
        self.reference("BLT", &claim.bill_type)?;
        self.service(claim.service)?;
        claim.lines.iter().try_for_each(|line| self.line(line))
    }

    /// STC takes three statuses; what is over goes to further segments.
    fn statuses(
        &mut self,
        statuses: &[StatusInformation],
        action: &str,
        charge: &str,
    ) -> Result<(), WriteError> {
        let processed = self.processed.clone();
        for chunk in statuses.chunks(STATUSES_PER_SEGMENT) {
            let mut segment = self.writer.segment("STC");
            for (index, status) in chunk.iter().enumerate() {
                segment.push_element(&status.category);
                segment.push_component(&status.code);
                segment.push_component(&status.entity);
                if index == 0 {
                    // STC02 to STC04, then STC05 to STC09, which this guide does not use.
                    for element in [&processed, action, charge, "", "", "", "", ""] {
                        segment.push_element(element);
                    }
                }
            }
            segment.end()?;
        }
        Ok(())
    }

    fn line(&mut self, line: &LineAnswer) -> Result<(), WriteError> {
        let mut segment = self.writer.segment("SVC");
        segment.push_element(&line.procedure_qualifier);
        segment.push_component(&line.procedure);
        line.modifiers.iter().take(4).for_each(|modifier| segment.push_component(modifier));
        for element in
            [line.charge_cents.to_x12().as_str(), "", &line.revenue_code, "", "", &line.units]
        {
            segment.push_element(element);
        }
        segment.end()?;
        // A line's answer carries no amount: the charge stands in SVC02.
        self.statuses(&line.statuses, REJECT, "")?;
        self.reference("FJ", &line.control_number)?;
        self.service(line.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Envelope;
    use counterfoil_base::parse_ccyymmdd;

    fn day(text: &str) -> Date {
        parse_ccyymmdd(text.as_bytes()).unwrap()
    }

    fn named(is_person: bool, name: &str, id_qualifier: &str, id: &str) -> NamedEntity {
        NamedEntity {
            is_person,
            name: Phi::new(name.into()),
            id_qualifier: id_qualifier.into(),
            id: Phi::new(id.into()),
            ..NamedEntity::default()
        }
    }

    fn status(category: &str, code: &str, entity: &str) -> StatusInformation {
        StatusInformation { category: category.into(), code: code.into(), entity: entity.into() }
    }

    fn claim(number: &str, cents: i64, statuses: Vec<StatusInformation>) -> ClaimAnswer {
        let service = DateRange { from: day("20250103"), to: day("20250103") };
        ClaimAnswer {
            patient: named(true, "DOE", "MI", "M1"),
            patient_control_number: number.into(),
            charge_cents: Cents(cents),
            statuses,
            service: Some(service),
            ..ClaimAnswer::default()
        }
    }

    fn acknowledgment() -> ClaimAcknowledgment {
        let mut accepted = claim("P1", 12_550, vec![status("A2", "20", "")]);
        accepted.payer_claim_control_number = "C1".into();
        let mut rejected = claim(
            "P2",
            10_000,
            vec![
                status("A7", "562", "85"),
                status("A7", "500", ""),
                status("A6", "21", ""),
                status("A8", "1", ""),
            ],
        );
        rejected.bill_type = "131".into();
        rejected.service = Some(DateRange { from: day("20250103"), to: day("20250105") });
        rejected.lines = vec![LineAnswer {
            procedure_qualifier: "HC".into(),
            procedure: "J1100".into(),
            modifiers: vec!["25".into()],
            charge_cents: Cents(10_000),
            units: "2".into(),
            control_number: "1".into(),
            statuses: vec![status("A7", "453", "")],
            ..LineAnswer::default()
        }];
        let provider = |claims| ProviderAnswer {
            provider: named(false, "RIVER CLINIC", "XX", "1234567893"),
            claims,
        };
        ClaimAcknowledgment {
            transaction_control_number: "0001".into(),
            reference: "R1".into(),
            created: day("20250131"),
            created_time: "1200".into(),
            payer: named(false, "GOOD HEALTH PLAN", "PI", "12345"),
            receipt_number: "RECEIPT1".into(),
            received: day("20250130"),
            processed: day("20250131"),
            submitter: named(false, "CLEARING", "46", "S1"),
            batch_reference: "BATCH1".into(),
            providers: vec![
                provider(vec![accepted, rejected]),
                provider(vec![claim("P3", 1, vec![status("A2", "20", "")])]),
            ],
        }
    }

    fn written(said: &ClaimAcknowledgment) -> Result<Vec<String>, AcknowledgmentError> {
        let envelope =
            Envelope::new("HN", CLAIM_ACKNOWLEDGMENT_VERSION, ("PAYER", "SENDER"), day("20250131"));
        let mut writer = Writer::new(&envelope)?;
        said.write(&mut writer)?;
        let text = String::from_utf8(writer.finish()?).unwrap();
        Ok(text.split_terminator('~').skip(3).map(str::to_owned).collect())
    }

    #[test]
    fn every_claim_is_answered_under_its_provider_and_the_sums_balance() {
        let expected = "BHT*0085*08*R1*20250131*1200*TH~HL*1**20*1~\
            NM1*PR*2*GOOD HEALTH PLAN*****PI*12345~TRN*1*RECEIPT1~DTP*050*D8*20250130~\
            DTP*009*D8*20250131~HL*2*1*21*1~NM1*41*2*CLEARING*****46*S1~TRN*2*BATCH1~\
            STC*A1:19:PR*20250131*WQ*225.51~QTY*90*2~QTY*AA*1~AMT*YU*125.51~AMT*YY*100~\
            HL*3*2*19*1~NM1*85*2*RIVER CLINIC*****XX*1234567893~TRN*1*0~STC*A1:19:PR**WQ*225.5~\
            QTY*QA*1~QTY*QC*1~AMT*YU*125.5~AMT*YY*100~\
            HL*4*3*PT~NM1*QC*1*DOE*****MI*M1~TRN*2*P1~STC*A2:20*20250131*WQ*125.5~REF*1K*C1~\
            DTP*472*D8*20250103~\
            HL*5*3*PT~NM1*QC*1*DOE*****MI*M1~TRN*2*P2~\
            STC*A7:562:85*20250131*U*100******A7:500*A6:21~STC*A8:1*20250131*U*100~REF*BLT*131~\
            DTP*472*RD8*20250103-20250105~SVC*HC:J1100:25*100*****2~STC*A7:453*20250131*U~REF*FJ*1~\
            HL*6*2*19*1~NM1*85*2*RIVER CLINIC*****XX*1234567893~TRN*1*0~STC*A1:19:PR**WQ*0.01~\
            QTY*QA*1~AMT*YU*0.01~\
            HL*7*6*PT~NM1*QC*1*DOE*****MI*M1~TRN*2*P3~STC*A2:20*20250131*WQ*0.01~\
            DTP*472*D8*20250103~SE*51*0001~GE*1*1~IEA*1*000000001~";
        let expected: Vec<&str> = expected.split_terminator('~').collect();
        assert_eq!(written(&acknowledgment()).unwrap(), expected);
        let totals = acknowledgment().totals().unwrap();
        assert_eq!((totals.accepted_count, totals.rejected_count), (2, 1));
        assert_eq!(totals.charge(), Ok(Cents(22_551)));
    }

    #[test]
    fn what_is_written_passes_the_guide_as_a_sender_must() {
        let envelope =
            Envelope::new("HN", CLAIM_ACKNOWLEDGMENT_VERSION, ("PAYER", "SENDER"), day("20250131"));
        let mut writer = Writer::new(&envelope).unwrap();
        acknowledgment().write(&mut writer).unwrap();
        let options =
            crate::ReadOptions { profile: crate::Profile::Strict, ..crate::ReadOptions::default() };
        let mut reader = crate::Reader::new(options);
        reader.push(&writer.finish().unwrap());
        reader.finish();
        let mut found = Vec::new();
        let mut units = 0;
        while let Some(event) = reader.next_event() {
            match event {
                crate::Event::Unit(unit) => {
                    units += 1;
                    found.extend_from_slice(unit.findings());
                }
                crate::Event::TransactionEnd(end) => found.extend_from_slice(end.findings),
                crate::Event::Finding(finding) => found.push(finding.clone()),
                _ => {}
            }
        }
        assert_eq!((units, found), (3, vec![]));
    }

    #[test]
    fn an_answer_without_a_status_or_with_impossible_sums_is_refused() {
        let mut said = acknowledgment();
        said.providers[1].claims[0].statuses.clear();
        assert_eq!(written(&said), Err(AcknowledgmentError::StatusMissing(3)));
        let mut said = acknowledgment();
        said.providers[0].claims[0].charge_cents = Cents(i64::MAX);
        assert_eq!(written(&said), Err(AcknowledgmentError::TooLarge));
        let mut said = acknowledgment();
        said.payer.name = Phi::new("A~B".into());
        assert!(matches!(written(&said), Err(AcknowledgmentError::Write(_))));
    }
}
