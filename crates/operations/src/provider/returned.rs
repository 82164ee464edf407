//! What a payer answers before it decides: TA1, 999 and 277CA. What it returns waits for a person,
//! with the payer's reasons, and is in the books no more.

use super::account::{AccountKey, RETURNED, TAKEN_BACK, settle_account, standing};
use super::billing::settle_corrected;
use super::held::{HeldCause, HeldClaim, HeldFinding, HeldState, hold};
use super::telling;
use crate::error::OperationsError;
use crate::halves::{Partner, Relation, digest_of_hex, own_bytes};
use crate::intake::hex;
use counterfoil_base::Date;
use counterfoil_store::{DocumentState, ReceivableRow, Store, Transaction};
use counterfoil_x12::{Event, Located, ReadOptions, Reader, Unit};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Standing of a claim that the payer has returned, in the record.
const REJECTED: &str = "rejected";

/// A file that answers claims.
pub struct AnswerFile<'a> {
    /// Whose it is.
    pub relation: &'a Relation,
    /// `TA1`, `999` or `277CA`.
    pub kind: &'a str,
    /// Name of the file, for people.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The day on which it is read.
    pub on: Date,
}

/// What a file that answers claims said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadAnswers {
    /// True when it was read before; nothing was changed.
    pub was_read: bool,
    /// Claims that entered adjudication.
    pub accepted: u64,
    /// Claims that came back and wait for a person.
    pub returned: u64,
    /// Returned claims that are not in these books or were answered since, and refusals of sets
    /// or interchanges of which no claim waits for them.
    pub unknown: u64,
}

/// Reads an answer once: claims that it returns leave the books and wait for a person.
///
/// # Errors
/// [`OperationsError::Refused`] when the file is no such answer; nothing is kept then.
pub fn take_answers(
    store: &mut Store,
    file: &AnswerFile<'_>,
) -> Result<ReadAnswers, OperationsError> {
    let _alone = store.begin_run()?;
    let digest = hex(&Sha256::digest(file.bytes));
    store.transaction("read a payer's answer", |tx| {
        let read = take(tx, file, &digest)?;
        mark_document_taken(tx, file.relation, &digest)?;
        Ok(read)
    })
}

/// A document that was worked on is not worked on again.
pub fn mark_document_taken(
    tx: &Transaction<'_>,
    relation: &Relation,
    digest: &str,
) -> Result<(), OperationsError> {
    if let Some(document) = tx.twin_document(relation.id, digest)? {
        let state = (DocumentState::Taken, document.place.as_str());
        tx.set_twin_document(relation.id, digest, state)?;
    }
    Ok(())
}

fn take(
    tx: &Transaction<'_>,
    file: &AnswerFile<'_>,
    digest: &str,
) -> Result<ReadAnswers, OperationsError> {
    if tx.begin_file(digest, file.name, file.kind, &file.on.to_string())?.finished {
        return Ok(ReadAnswers { was_read: true, ..ReadAnswers::default() });
    }
    let said = read(file.bytes);
    if said.is_empty() {
        let told = format!("{} holds no {} that can be read", file.name, file.kind);
        return Err(OperationsError::Refused(told));
    }
    let payers = tx.partner_identifiers(file.relation.id)?;
    let mut done = ReadAnswers::default();
    for (ordinal, one) in (1..).zip(&said.claims) {
        if one.findings.is_empty() {
            done.accepted += 1;
            continue;
        }
        let mut rows = tx.receivable(&one.billing_provider, &one.patient_control_number)?;
        rows.retain(|row| payers.contains(&row.payer_id));
        match returned_billing(tx, file.relation, &rows)? {
            Some(at) => {
                give_back(tx, (file, digest, ordinal), (&rows, at), one.findings.clone())?;
                done.returned += 1;
            }
            None => done.unknown += 1,
        }
    }
    if !said.refusals.is_empty() {
        let first = said.claims.len() as u64 + 1;
        refused_whole(tx, (file, digest, first), &said.refusals, &mut done)?;
    }
    if let (Some(partner), Some(_)) =
        (Partner::numbered(tx, file.relation.id)?, digest_of_hex(digest))
    {
        telling::file_received(tx, partner, digest)?;
    }
    tx.file_progress(digest, done.accepted + done.returned + done.unknown, true)?;
    Ok(done)
}

/// Place of the billing that a 277CA returns by its number: the one that the record says is
/// rejected, else the one that stands. An answered one was taken in.
fn returned_billing(
    tx: &Transaction<'_>,
    relation: &Relation,
    rows: &[ReceivableRow],
) -> Result<Option<usize>, OperationsError> {
    for (at, row) in rows.iter().enumerate().rev().filter(|(_, row)| is_unanswered(row)) {
        let told = tx.twin_claim(relation.id, &row.twin_subject)?;
        if told.is_some_and(|claim| claim.standing == REJECTED) {
            return Ok(Some(at));
        }
    }
    Ok(standing(rows).filter(|at| rows.get(*at).is_some_and(is_unanswered)))
}

fn is_unanswered(row: &ReceivableRow) -> bool {
    let waits = row.state == "billed" || row.state == TAKEN_BACK;
    waits && row.claim_control_number.is_empty()
}

/// Takes a returned billing out of the books and holds it for a person, unless a later one has
/// taken its place: then that one is what the provider wants to be decided.
fn give_back(
    tx: &Transaction<'_>,
    (file, digest, ordinal): (&AnswerFile<'_>, &str, u64),
    (rows, at): (&[ReceivableRow], usize),
    findings: Vec<HeldFinding>,
) -> Result<(), OperationsError> {
    let Some(row) = rows.get(at) else { return Ok(()) };
    if standing(rows) == Some(at) {
        let held = HeldClaim {
            file_digest: digest.to_owned(),
            ordinal,
            file_name: file.name.to_owned(),
            billing_provider: row.billing_provider.clone(),
            patient_control_number: row.patient_control_number.clone(),
            payer_id: row.payer_id.clone(),
            charge_cents: row.charge_cents,
            cause: HeldCause::Returned,
            findings,
            claim_segments: row.claim_segments.clone(),
            held_on: file.on.to_string(),
            state: HeldState::Held,
        };
        hold(tx, &held)?;
    }
    let key = AccountKey::of_row(row);
    tx.update_receivable(&ReceivableRow { state: RETURNED.to_owned(), ..row.clone() })?;
    settle_account(tx, &key, file.on)?;
    match row.replaces.as_str() {
        "" => Ok(()),
        number => settle_corrected(tx, &key, number, file.on),
    }
}

/// Gives back the claims of the transaction sets and interchanges that came back whole.
///
/// The record says of which claims that is so: they are rejected and were never received. The
/// control numbers say by which refusal, of one file each.
fn refused_whole(
    tx: &Transaction<'_>,
    (file, digest, first): (&AnswerFile<'_>, &str, u64),
    refusals: &[Refusal],
    done: &mut ReadAnswers,
) -> Result<(), OperationsError> {
    let mut files = refused_files(tx, file.relation)?;
    let mut ordinal = first;
    for refusal in refusals {
        let of_refusal = files.iter_mut().find_map(|claims| {
            let (of_it, others): (Vec<_>, Vec<_>) =
                std::mem::take(claims).into_iter().partition(|one| refusal.refuses(&one.set));
            *claims = others;
            (!of_it.is_empty()).then_some(of_it)
        });
        let Some(claims) = of_refusal else {
            done.unknown += 1;
            continue;
        };
        for SentClaim { account, subject, .. } in claims {
            let mut rows =
                tx.receivable(&account.billing_provider, &account.patient_control_number)?;
            rows.retain(|row| row.payer_id == account.payer_id);
            let at = rows.iter().position(|row| row.twin_subject == subject);
            let Some(at) = at else { continue };
            let findings = vec![refusal.finding.clone()];
            give_back(tx, (file, digest, ordinal), (&rows, at), findings)?;
            ordinal += 1;
            done.returned += 1;
        }
    }
    Ok(())
}

/// A claim of a file that went out.
struct SentClaim {
    account: AccountKey,
    subject: String,
    set: SetNumbers,
}

/// The claims that came back whole and are not given back yet, file by file.
fn refused_files(
    tx: &Transaction<'_>,
    relation: &Relation,
) -> Result<Vec<Vec<SentClaim>>, OperationsError> {
    let Some(partner) = Partner::numbered(tx, relation.id)? else { return Ok(Vec::new()) };
    let mut by_file: BTreeMap<String, BTreeMap<String, AccountKey>> = BTreeMap::new();
    for claim in tx.twin_claims(relation.id)? {
        if claim.standing != REJECTED || claim.received_at != 0 {
            continue;
        }
        let rows = tx.receivables_by_number(&claim.patient_control_number)?;
        let row = rows.iter().find(|row| row.twin_subject == claim.subject);
        if let Some(row) = row.filter(|row| is_unanswered(row)) {
            let of_file = by_file.entry(row.source_file.clone()).or_default();
            of_file.insert(claim.subject, AccountKey::of_row(row));
        }
    }
    let mut files = Vec::new();
    for (digest, mut claims) in by_file {
        let sent = sets_of(&own_bytes(tx, &digest)?);
        let of_file = (1..).zip(sent).filter_map(|(ordinal, set)| {
            let (subject, account) = claims.remove_entry(&*partner.claim(&digest, ordinal)?)?;
            Some(SentClaim { account, subject, set })
        });
        files.push(of_file.collect());
    }
    Ok(files)
}

/// The numbers of the transaction set in which a claim went out, without leading zeros.
struct SetNumbers {
    /// ISA13.
    interchange: String,
    /// GS06.
    group: String,
    /// ST02.
    set: String,
}

/// Of each claim of a file, in its order.
fn sets_of(bytes: &[u8]) -> Vec<SetNumbers> {
    let mut reader = Reader::new(ReadOptions::default());
    reader.push(bytes);
    reader.finish();
    let mut sets = Vec::new();
    while let Some(event) = reader.next_event() {
        if let Event::Unit(unit) = event
            && unit.transaction().set_id == "837"
        {
            let group = unit.group().map_or("", |group| group.control_number.as_str());
            sets.push(SetNumbers {
                interchange: plain(&unit.interchange().control_number),
                group: plain(group),
                set: plain(&unit.transaction().control_number),
            });
        }
    }
    sets
}

fn plain(number: &str) -> String {
    number.trim().trim_start_matches('0').to_owned()
}

/// What a file says.
#[derive(Default)]
struct Said {
    claims: Vec<SaidOfClaim>,
    /// Refusals of transaction sets and interchanges.
    refusals: Vec<Refusal>,
    /// Acknowledgements that refuse nothing.
    acceptances: u64,
}

impl Said {
    fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.refusals.is_empty() && self.acceptances == 0
    }

    fn acknowledgement(&mut self, code: &str, refusal: impl FnOnce() -> Refusal) {
        // 999 IK501 and AK901: A accepted, E with errors, P in part; TA104: A, E.
        match code {
            "A" | "E" | "P" => self.acceptances += 1,
            _ => self.refusals.push(refusal()),
        }
    }
}

/// That a transaction set or an interchange came back whole.
struct Refusal {
    about: Whole,
    finding: HeldFinding,
}

enum Whole {
    /// AK102 and AK202 of a 999.
    Set { group: String, set: String },
    /// TA101.
    Interchange(String),
}

impl Refusal {
    fn refuses(&self, sent: &SetNumbers) -> bool {
        match &self.about {
            Whole::Set { group, set } => sent.group == *group && sent.set == *set,
            Whole::Interchange(number) => sent.interchange == *number,
        }
    }
}

/// The transaction set that the segments of a 999 are about.
#[derive(Default)]
struct AnsweredSet {
    group: String,
    set: String,
}

impl AnsweredSet {
    fn note(&mut self, at: &Located<'_>) {
        match at.segment.id() {
            "AK1" => self.group = plain(at.segment.text(2)),
            "AK2" => self.set = plain(at.segment.text(2)),
            _ => {}
        }
    }
}

/// The answer to one claim; without findings it was accepted.
struct SaidOfClaim {
    billing_provider: String,
    patient_control_number: String,
    findings: Vec<HeldFinding>,
}

fn read(bytes: &[u8]) -> Said {
    let mut reader = Reader::new(ReadOptions::default());
    reader.push(bytes);
    reader.finish();
    let mut said = Said::default();
    let mut about = AnsweredSet::default();
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) if unit.transaction().set_id == "277" => {
                said.claims.extend(claim_answer(&unit));
            }
            Event::Unit(unit) if unit.transaction().set_id == "999" => {
                for at in unit.context() {
                    about.note(&at);
                }
                for at in unit.own_segments() {
                    about.note(&at);
                    if at.segment.id() == "IK5" {
                        let codes = (at.segment.text(1), at.segment.text(2));
                        let about =
                            Whole::Set { group: about.group.clone(), set: about.set.clone() };
                        said.acknowledgement(codes.0, || Refusal { about, finding: of_999(codes) });
                    }
                }
            }
            Event::InterchangeAcknowledgement(at) => {
                let (number, note) = (plain(at.segment.text(1)), at.segment.text(5));
                let about = Whole::Interchange(number);
                let code = at.segment.text(4);
                said.acknowledgement(code, || Refusal { about, finding: of_ta1(note) });
            }
            _ => {}
        }
    }
    said
}

/// The answer of a patient level (2000D) of a 277CA: TRN02 is CLM01, each STC a status.
fn claim_answer(unit: &Unit<'_>) -> Option<SaidOfClaim> {
    let provider = unit.context().filter(|at| is(at, "NM1", "85")).last();
    let number = unit.own_segments().find(|at| is(at, "TRN", "2"))?;
    let mut findings: Vec<HeldFinding> = Vec::new();
    let mut is_returned = false;
    for at in unit.own_segments().filter(|at| at.segment.id() == "STC") {
        for element in [1, 10, 11] {
            let part = |n| String::from_utf8_lossy(at.segment.component(element, n)).into_owned();
            let (category, code, entity) = (part(1), part(2), part(3));
            if category.is_empty() {
                continue;
            }
            is_returned |= RETURNS.iter().any(|(known, _)| *known == category);
            let finding = of_status(&category, &code, &entity);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    if !is_returned {
        findings.clear();
    }
    Some(SaidOfClaim {
        billing_provider: provider.map_or("", |at| at.segment.text(9)).to_owned(),
        patient_control_number: number.segment.text(2).to_owned(),
        findings,
    })
}

fn is(at: &Located<'_>, id: &str, qualifier: &str) -> bool {
    at.segment.id() == id && at.segment.text(1) == qualifier
}

/// Categories that keep a claim out of adjudication (external code source 507), in own words.
const RETURNS: [(&str, &str); 5] = [
    ("A3", "The payer returned the claim unprocessed"),
    ("A4", "The payer does not find the claim"),
    ("A6", "The payer misses information in the claim"),
    ("A7", "The payer holds information in the claim to be invalid"),
    ("A8", "The payer finds that parts of the claim contradict each other"),
];

/// Entities of STC01-3 (X12 element 98) that claims have, in own words.
const ENTITIES: [(&str, &str); 9] = [
    ("IL", "the subscriber"),
    ("QC", "the patient"),
    ("85", "the billing provider"),
    ("82", "the rendering provider"),
    ("77", "the service location"),
    ("DN", "the referring provider"),
    ("71", "the attending provider"),
    ("PR", "the payer"),
    ("41", "the submitter"),
];

fn of_status(category: &str, code: &str, entity: &str) -> HeldFinding {
    let words = |table: &[(&str, &'static str)], key: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, words)| *words)
    };
    let what = words(&RETURNS, category).unwrap_or("The payer gave this status");
    let about = words(&ENTITIES, entity).map_or(String::new(), |who| format!(", about {who}"));
    let status = [category, code, entity].into_iter().filter(|part| !part.is_empty());
    let status = status.collect::<Vec<_>>().join(":");
    HeldFinding {
        code: format!("277CA {status}"),
        message: format!("{what}{about} ({status})."),
        cause: "Claim status category and code of the payer's 277CA (STC).".to_owned(),
        fix: "Correct the claim and send it as a new one; the payer has not taken it in."
            .to_owned(),
        ..HeldFinding::default()
    }
}

fn of_999((code, reason): (&str, &str)) -> HeldFinding {
    HeldFinding {
        code: format!("999 {code}"),
        snip: 1,
        message: format!("The payer refused the whole transaction set ({code}, reason {reason})."),
        cause: "The 999 refuses it (IK5): none of its claims was taken in.".to_owned(),
        fix: "Correct the file and send its claims again.".to_owned(),
        ..HeldFinding::default()
    }
}

fn of_ta1(note: &str) -> HeldFinding {
    HeldFinding {
        code: format!("TA1 {note}"),
        snip: 1,
        message: format!("The payer refused the whole interchange (note {note})."),
        cause: "The TA1 refuses it (TA104): none of its claims was taken in.".to_owned(),
        fix: "Correct its envelope and send its claims again under a new control number."
            .to_owned(),
        ..HeldFinding::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = "ISA*00*          *00*          *ZZ*PLAN           *ZZ*OFFICE         \
        *250620*0830*^*00501*000000001*0*P*:~";

    fn said_of(body: &str) -> Said {
        let text = format!("{ENVELOPE}{body}IEA*1*000000001~");
        read(text.as_bytes())
    }

    #[test]
    fn a_277ca_returns_claims_with_the_payers_reasons() {
        let said = said_of(
            "GS*HN*PLAN*OFFICE*20250620*0830*1*X*005010X214~ST*277*0001*005010X214~\
             BHT*0085*08*1*20250620*0830*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*1~\
             DTP*050*D8*20250620~DTP*009*D8*20250620~HL*2*1*21*1~NM1*41*2*OFFICE*****46*O1~\
             TRN*2*B1~STC*A1:19:PR*20250620*WQ*300~HL*3*2*19*1~NM1*85*2*OFFICE*****XX*1234567893~\
             HL*4*3*PT~NM1*QC*1*DOE*JO****MI*M1~TRN*2*C-1~\
             STC*A7:562:85*20250620*U*150******A6:164:IL~HL*5*3*PT~NM1*QC*1*DOE*JO****MI*M1~\
             TRN*2*C-2~STC*A2:20*20250620*WQ*150~SE*20*0001~GE*1*1~",
        );
        let [returned, accepted] = said.claims.as_slice() else {
            panic!("two claims are answered, not {}", said.claims.len())
        };
        assert_eq!(returned.billing_provider, "1234567893");
        assert_eq!(returned.patient_control_number, "C-1");
        let told: Vec<&str> = returned.findings.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "The payer holds information in the claim to be invalid, about the billing \
                 provider (A7:562:85).",
                "The payer misses information in the claim, about the subscriber (A6:164:IL).",
            ]
        );
        assert!(accepted.findings.is_empty());
    }

    #[test]
    fn a_999_and_a_ta1_refuse_or_accept_as_a_whole() {
        let answer = |codes: &str| {
            said_of(&format!(
                "GS*FA*PLAN*OFFICE*20250620*0830*1*X*005010X231A1~ST*999*0001*005010X231A1~\
                 AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK5*{codes}~AK9*R*1*1*0~\
                 SE*6*0001~GE*1*1~"
            ))
        };
        let refused = answer("R*I5");
        assert_eq!(refused.refusals[0].finding.code, "999 R");
        let accepted = answer("A");
        assert_eq!((accepted.refusals.len(), accepted.acceptances), (0, 1));
        let refused = said_of("TA1*000000007*250620*0830*R*025~");
        assert_eq!(refused.refusals[0].finding.code, "TA1 025");
        assert!(read(b"this is no X12 at all").is_empty());
    }
}
