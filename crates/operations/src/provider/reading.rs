//! Reading a file of 835s piece by piece: one remittance in memory at a time.

use crate::error::OperationsError;
use crate::intake::FileScan;
use counterfoil_base::{Finding, Position};
use counterfoil_claim::{RemittanceAdvice, RemittanceClaim, RemittanceReader};
use counterfoil_x12::{Event, ReadOptions, Reader};
use std::io::Read;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 1 << 16;

/// What a file of 835s holds, in its order.
#[derive(Clone, Debug)]
pub enum RemittanceItem {
    /// An 835 that can be posted, as far as its envelope and its amounts are sound.
    Advice(Box<RemittanceAdvice>),
    /// An 835 that must not be posted, with the reason.
    Refused(Box<Finding>),
    /// What was found beside the money of an 835.
    Finding(Box<Finding>),
}

/// Reads a file of 835s; `scan` is what a first pass over the same file said.
///
/// An 835 that is cut off, whose trailer does not fit, or of which an amount cannot be read is
/// refused as a whole.
pub fn read_remittances(
    mut file: impl Read,
    scan: &FileScan,
    mut take: impl FnMut(RemittanceItem) -> Result<(), OperationsError>,
) -> Result<(), OperationsError> {
    let mut reader = Reader::new(ReadOptions::default());
    let mut open: Option<Open> = None;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let doing = || "reading the remittance file".to_owned();
        let failed = |source| OperationsError::Io { doing: doing(), source };
        let read = file.read(&mut chunk).map_err(failed)?;
        match chunk.get(..read) {
            Some(piece) if read > 0 => reader.push(piece),
            _ => reader.finish(),
        }
        while let Some(event) = reader.next_event() {
            handle(event, scan, &mut open, &mut take)?;
        }
        if read == 0 {
            break;
        }
    }
    match open {
        Some(unfinished) => {
            take(refused(unfinished.segment, "The file breaks off before its end (SE)."))
        }
        None => Ok(()),
    }
}

/// An 835 that is being read.
struct Open {
    reader: RemittanceReader,
    claims: Vec<RemittanceClaim>,
    segment: u64,
}

fn handle(
    event: Event<'_>,
    scan: &FileScan,
    open: &mut Option<Open>,
    take: &mut impl FnMut(RemittanceItem) -> Result<(), OperationsError>,
) -> Result<(), OperationsError> {
    let mut say = |findings: &[Finding]| -> Result<(), OperationsError> {
        findings.iter().try_for_each(|one| take(RemittanceItem::Finding(Box::new(one.clone()))))
    };
    match event {
        Event::TransactionStart(transaction) => {
            let segment = transaction.file_index;
            *open = RemittanceReader::for_transaction(transaction).map(|reader| Open {
                reader,
                claims: Vec::new(),
                segment,
            });
        }
        Event::Unit(unit) => {
            say(unit.findings())?;
            if let Some(open) = open {
                open.claims.extend(open.reader.unit(&unit));
            }
        }
        Event::TransactionEnd(end) => {
            say(end.findings)?;
            let Some(Open { reader, mut claims, segment }) = open.take() else { return Ok(()) };
            let finished = reader.end(&end);
            say(&finished.findings)?;
            claims.extend(finished.last_claim);
            let advice = RemittanceAdvice { claims, ..finished.advice };
            let cause = if scan.rejected_sets.binary_search(&segment).is_ok() {
                "Its trailer (SE, GE or IEA) does not fit: something was cut off or added."
            } else if finished.findings.iter().any(Finding::is_error) {
                "An amount or day of it cannot be read."
            } else {
                return take(RemittanceItem::Advice(Box::new(advice)));
            };
            take(refused(segment, cause))?;
        }
        Event::Finding(finding) => say(std::slice::from_ref(finding))?,
        _ => {}
    }
    Ok(())
}

fn refused(segment: u64, cause: &str) -> RemittanceItem {
    let finding = Finding::error("OPS-7-remittance-refused", 7, "An 835 was not posted.")
        .at(Position { segment: Some(segment), segment_id: "ST".to_owned(), ..Position::default() })
        .because(cause)
        .fix("Fetch the file again or ask the payer for it; nothing of this 835 was posted.");
    RemittanceItem::Refused(Box::new(finding))
}
