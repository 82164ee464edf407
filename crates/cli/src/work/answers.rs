//! Whose an answer is that came as a file: TA1, 999 and 277CA say it in different places.

use super::WorkError;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relations};
use counterfoil_store::{ListName, ListPage, SHARED_WITH, Store, Transaction};
use counterfoil_x12::{Event, Located, ReadOptions, Reader, Unit};
use std::collections::BTreeSet;

/// Files of a partner that are looked at together.
const FILES_AT_ONCE: u32 = 100;

/// The partner whose answers a file holds: the one whose identifier is the sender (ISA06). A
/// clearing house sends in its own name: then a 277CA is that of the payer whom it names as its
/// source (loop 2100A, NM109), and a 999 or TA1 that of the partner to whom the group (AK102) or
/// interchange (TA101) went that it answers.
///
/// # Errors
/// [`WorkErrorKind::File`](super::WorkErrorKind::File) when this names nobody, or several; else
/// when the database cannot be read.
pub fn partner_of_answers(store: &mut Store, bytes: &[u8]) -> Result<Relation, WorkError> {
    let named = Named::in_file(bytes);
    if named.senders.is_empty() {
        return Err(WorkError::file(
            "it holds no TA1, 999 or 277CA that can be read",
            "ask its sender for it again",
        ));
    }
    let found = store.read("whose answers are", |tx| found(tx, &named))?;
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(WorkError::file(
            "its sender (ISA06) is no identifier of a partner, the source of its 277CA (NM109) is \
             none either, and what its 999 and TA1 answer did not go to one partner",
            "answers of partners come through their nodes; another payer's is read when a \
             relationship with it is open (`counterfoil twin open`)",
        )),
        (Some(_), Some(_)) => Err(WorkError::file(
            "it holds answers of several partners",
            "bring the answers of each as a file of their own",
        )),
    }
}

/// What a file of answers names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    /// ISA06 of interchanges that hold answers.
    senders: BTreeSet<String>,
    /// NM109 of the sources of 277CAs.
    sources: BTreeSet<String>,
    answered: Numbers,
}

/// Control numbers without leading zeros.
#[derive(Debug, Default, PartialEq, Eq)]
struct Numbers {
    /// GS06.
    groups: BTreeSet<String>,
    /// ISA13.
    interchanges: BTreeSet<String>,
}

impl Named {
    fn in_file(bytes: &[u8]) -> Named {
        let mut reader = Reader::new(ReadOptions::default());
        reader.push(bytes);
        reader.finish();
        let mut named = Named::default();
        let mut sender = String::new();
        while let Some(event) = reader.next_event() {
            let is_answer = match event {
                Event::InterchangeStart(isa) => {
                    sender = isa.sender_id.to_string();
                    false
                }
                Event::InterchangeAcknowledgement(at) => {
                    named.answered.interchanges.insert(plain(at.segment.text(1)));
                    true
                }
                Event::Unit(unit) => named.take(&unit),
                _ => false,
            };
            if is_answer {
                named.senders.insert(sender.clone());
            }
        }
        named
    }

    /// Notes what a unit names; false for one that is of no answer.
    fn take(&mut self, unit: &Unit<'_>) -> bool {
        let all = || unit.context().chain(unit.own_segments());
        match unit.transaction().set_id.as_str() {
            "277" => {
                let is_source = |at: &Located<'_>| {
                    at.segment.id() == "NM1" && ["PR", "AY"].contains(&at.segment.text(1))
                };
                let source = all().find(is_source);
                // One that names nobody is that of nobody.
                self.sources.insert(source.map_or("", |at| at.segment.text(9)).to_owned());
            }
            "999" => {
                let groups = all().filter(|at| at.segment.id() == "AK1");
                self.answered.groups.extend(groups.map(|at| plain(at.segment.text(2))));
            }
            _ => return false,
        }
        true
    }
}

fn plain(number: &str) -> String {
    number.trim().trim_start_matches('0').to_owned()
}

/// The partners whose answers these are; one of them when all is as it should be.
fn found(tx: &Transaction<'_>, named: &Named) -> Result<Vec<Relation>, OperationsError> {
    let (mut by_sender, mut by_content) = (Vec::new(), Vec::new());
    for relation in relations(tx)? {
        let known: BTreeSet<String> = tx.partner_identifiers(relation.id)?.into_iter().collect();
        if named.senders.is_subset(&known) {
            by_sender.push(relation);
        } else if named.sources.is_subset(&known) && went_to(tx, &relation, &named.answered)? {
            by_content.push(relation);
        }
    }
    Ok(if by_sender.is_empty() { by_content } else { by_sender })
}

/// Whether everything that is answered went to a partner.
fn went_to(
    tx: &Transaction<'_>,
    relation: &Relation,
    answered: &Numbers,
) -> Result<bool, OperationsError> {
    let mut sent = Numbers::default();
    let mut page = ListPage {
        filters: vec![
            ("way".to_owned(), "out".to_owned()),
            (SHARED_WITH.to_owned(), relation.id.to_string()),
        ],
        limit: FILES_AT_ONCE,
        ..ListPage::default()
    };
    // The newest come first: what is answered is among them, as a rule.
    while !answered.is_within(&sent) {
        let files = tx.list_keys(ListName::Files, &page)?;
        if files.is_empty() {
            return Ok(false);
        }
        page.offset += files.len() as u64;
        for name in files.iter().filter_map(|keys| keys.get(1)) {
            sent.add(tx, name)?;
        }
    }
    Ok(true)
}

impl Numbers {
    fn is_within(&self, other: &Numbers) -> bool {
        self.groups.is_subset(&other.groups) && self.interchanges.is_subset(&other.interchanges)
    }

    /// Adds those of a file that went out, when it holds claims.
    fn add(&mut self, tx: &Transaction<'_>, name: &str) -> Result<(), OperationsError> {
        if tx.outbox_file(name)?.is_none_or(|file| file.kind != "837") {
            return Ok(());
        }
        let mut reader = Reader::new(ReadOptions::default());
        for number in 0.. {
            match tx.outbox_part(name, number)? {
                Some(part) => reader.push(&part),
                None => break,
            }
            self.read(&mut reader);
        }
        reader.finish();
        self.read(&mut reader);
        Ok(())
    }

    fn read(&mut self, reader: &mut Reader) {
        while let Some(event) = reader.next_event() {
            match event {
                Event::InterchangeStart(isa) => {
                    self.interchanges.insert(plain(&isa.control_number));
                }
                Event::GroupStart(group) => {
                    self.groups.insert(plain(&group.control_number));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_answers_names_its_sender_its_source_and_what_it_answers() {
        let text = "ISA*00*          *00*          *ZZ*HOUSE          *ZZ*OFFICE         *250620\
            *0830*^*00501*000000001*0*P*:~TA1*000000007*250620*0830*A*000~\
            GS*FA*HOUSE*OFFICE*20250620*0830*1*X*005010X231A1~ST*999*0001*005010X231A1~\
            AK1*HC*0021*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~SE*6*0001~\
            GE*1*1~GS*HN*HOUSE*OFFICE*20250620*0830*2*X*005010X214~ST*277*0001*005010X214~\
            BHT*0085*08*1*20250620*0830*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*1~\
            DTP*050*D8*20250620~DTP*009*D8*20250620~HL*2*1*21*1~NM1*41*2*OFFICE*****46*O1~\
            TRN*2*B1~STC*A1:19:PR*20250620*WQ*300~HL*3*2*19*1~NM1*85*2*OFFICE*****XX*1234567893~\
            HL*4*3*PT~NM1*QC*1*DOE*JO****MI*M1~TRN*2*C-1~STC*A2:20*20250620*WQ*150~SE*17*0001~\
            GE*1*2~IEA*2*000000001~";
        let set = |words: &[&str]| words.iter().map(|one| (*one).to_owned()).collect();
        let answered = Numbers { groups: set(&["21"]), interchanges: set(&["7"]) };
        let wanted = Named { senders: set(&["HOUSE"]), sources: set(&["P1"]), answered };
        assert_eq!(Named::in_file(text.as_bytes()), wanted);
        assert_eq!(Named::in_file(b"this is no X12 at all"), Named::default());
    }
}
