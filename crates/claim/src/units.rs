//! From what the X12 reader gives (units, ends of transaction sets) to the model.

use crate::carried::LossReport;
use crate::model::{ClaimKind, SourcePosition};
use crate::read_835::{FinishedRemittance, ReadRemittance, RemittanceReader};
use crate::read_837::{ClaimReader, ReadClaim};
use crate::remittance::{RemittanceAdvice, RemittanceClaim};
use counterfoil_base::Finding;
use counterfoil_x12::{Event, Guide, ReadOptions, Reader, Transaction, TransactionEnd, Unit};

/// The kind of claims that a guide is for; nothing for other guides.
#[must_use]
pub fn claim_kind(guide: &Guide) -> Option<ClaimKind> {
    match guide.id {
        "837P" => Some(ClaimKind::Professional),
        "837I" => Some(ClaimKind::Institutional),
        _ => None,
    }
}

impl ClaimReader {
    /// Reads the claim of a unit; nothing when the unit is of another guide than 837P and 837I.
    ///
    /// The findings of the X12 reader stay with the unit; those returned are about values that
    /// the model could not take.
    pub fn unit(&mut self, unit: &Unit<'_>, loss: &mut LossReport) -> Option<ReadClaim> {
        let kind = claim_kind(unit.guide()?)?;
        let group = unit.group().map(|group| group.control_number.clone());
        let source = SourcePosition {
            interchange_control_number: unit.interchange().control_number.clone(),
            group_control_number: group.unwrap_or_default(),
            transaction_control_number: unit.transaction().control_number.clone(),
            ..SourcePosition::default()
        };
        let mut read = self.read(kind, source, unit.segments(), loss);
        if unit.is_part() {
            let finding = Finding::error(
                "CLAIM-2-claim-too-long",
                2,
                "The claim is so long that it was read in parts; this is one of them",
            );
            read.findings.push(
                finding
                    .because("memory is bounded; no claim of the guides comes near this length")
                    .fix("look for a missing CLM or HL segment, or split the claim"),
            );
        }
        Some(read)
    }
}

/// Reads the claim of one unit; callers with many keep a [`ClaimReader`], which is faster.
pub fn read_claim_unit(unit: &Unit<'_>, loss: &mut LossReport) -> Option<ReadClaim> {
    ClaimReader::new().unit(unit, loss)
}

impl RemittanceReader {
    /// A reader for a transaction set that begins; nothing when it is no 835 with a guide.
    #[must_use]
    pub fn for_transaction(transaction: &Transaction) -> Option<RemittanceReader> {
        let guide = transaction.guide?;
        let source = SourcePosition {
            transaction_control_number: transaction.control_number.clone(),
            ..SourcePosition::default()
        };
        (guide.id == "835").then(|| RemittanceReader::new(source))
    }

    /// Takes a unit; returns the claim payment before it, which is complete now.
    pub fn unit(&mut self, unit: &Unit<'_>) -> Option<RemittanceClaim> {
        let source = &mut self.advice.source;
        if source.interchange_control_number.is_empty() {
            source.interchange_control_number = unit.interchange().control_number.clone();
            let group = unit.group().map(|group| group.control_number.clone());
            source.group_control_number = group.unwrap_or_default();
        }
        // A unit holds one claim payment, so that at most one is completed by it.
        unit.segments().filter_map(|at| self.segment(&at)).last()
    }

    /// Takes the end of the transaction set with its provider adjustments.
    #[must_use]
    pub fn end(mut self, end: &TransactionEnd<'_>) -> FinishedRemittance {
        let completed = end.segments().filter_map(|at| self.segment(&at)).last();
        let mut finished = self.finish();
        finished.last_claim = completed.or(finished.last_claim);
        finished
    }
}

/// Everything that a file holds for the model.
#[derive(Debug, Default)]
pub struct FileContents {
    /// The claims of all 837P and 837I transaction sets.
    pub claims: Vec<ReadClaim>,
    /// The remittance advices of all 835 transaction sets.
    pub remittances: Vec<ReadRemittance>,
    /// The findings of the X12 reader: syntax, guide, balancing, situations, codes.
    pub findings: Vec<Finding>,
    /// What the model does not name, over all claims and remittance advices.
    pub loss: LossReport,
}

/// Reads a whole file at once, for callers that hold it in memory anyway; callers with large
/// files drive a [`Reader`] and give its units to [`ClaimReader`] and [`RemittanceReader`].
#[must_use]
pub fn read_file(bytes: &[u8], options: ReadOptions) -> FileContents {
    let mut contents = FileContents::default();
    let mut open: Option<(RemittanceReader, Vec<RemittanceClaim>)> = None;
    let mut claim_reader = ClaimReader::new();
    let mut reader = Reader::new(options);
    reader.push(bytes);
    reader.finish();
    while let Some(event) = reader.next_event() {
        match event {
            Event::TransactionStart(transaction) => {
                open = RemittanceReader::for_transaction(transaction).map(|r| (r, Vec::new()));
            }
            Event::Unit(unit) => {
                contents.findings.extend_from_slice(unit.findings());
                if let Some((remittance, claims)) = &mut open {
                    claims.extend(remittance.unit(&unit));
                }
                contents.claims.extend(claim_reader.unit(&unit, &mut contents.loss));
            }
            Event::TransactionEnd(end) => {
                contents.findings.extend_from_slice(end.findings);
                if let Some((remittance, claims)) = open.take() {
                    contents.remittance(remittance.end(&end), claims);
                }
            }
            Event::Finding(finding) => contents.findings.push(finding.clone()),
            _ => {}
        }
    }
    contents
}

impl FileContents {
    fn remittance(&mut self, end: FinishedRemittance, mut claims: Vec<RemittanceClaim>) {
        claims.extend(end.last_claim);
        self.loss.merge(&end.loss);
        self.remittances.push(ReadRemittance {
            advice: RemittanceAdvice { claims, ..end.advice },
            findings: end.findings,
            loss: end.loss,
        });
    }
}
