//! What a file holds: claims, payments, answers, a bank statement, or several of them.

use counterfoil_base::{Finding, Position};
use counterfoil_cli::is_bank_statement;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Result};
use std::path::Path;

/// Bytes in which a bank statement is known.
const HEAD_BYTES: u64 = 4_096;
/// Bytes of an ISA segment with its terminator (X12.5).
const ISA_BYTES: u64 = 106;
/// Bytes of a segment that are kept: ST01 stands at its beginning.
const START_BYTES: usize = 32;

/// A kind of content that is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 837.
    Claims,
    /// 835.
    Remittance,
    /// TA1, 999 or 277CA, by its name.
    Answer(&'static str),
    /// BAI2, NACHA or CSV with days and amounts.
    Bank,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What is worked on, with the segment where it begins first, from 1.
    pub kinds: BTreeMap<Kind, u64>,
    /// Transaction sets that nothing here reads (ST01), with the segment of the first.
    pub others: BTreeMap<String, u64>,
}

impl Contents {
    /// Whether the file holds this kind.
    pub fn holds(&self, kind: Kind) -> bool {
        self.kinds.contains_key(&kind)
    }

    /// The first kind of answer in it.
    pub fn answer(&self) -> Option<&'static str> {
        self.kinds.keys().find_map(|kind| match kind {
            Kind::Answer(name) => Some(*name),
            _ => None,
        })
    }

    /// What is told of the transaction sets of which nothing was used: those that nothing reads,
    /// and those of kinds that were not `worked` on.
    pub fn unused(&self, worked: impl Fn(Kind) -> bool) -> Vec<Finding> {
        let left = self.kinds.iter().filter(|(kind, _)| !worked(**kind));
        let left = left.map(|(kind, at)| (kind.set(), *at));
        let others = self.others.iter().map(|(set, at)| (set.as_str(), *at));
        left.chain(others).map(|(set, at)| not_used(set, at)).collect()
    }
}

impl Kind {
    /// As X12 calls it.
    fn set(self) -> &'static str {
        match self {
            Kind::Claims => "837",
            Kind::Remittance => "835",
            Kind::Answer(name) => name,
            Kind::Bank => "",
        }
    }

    fn of_set(set: &str) -> Option<Kind> {
        match set {
            "837" => Some(Kind::Claims),
            "835" => Some(Kind::Remittance),
            "999" => Some(Kind::Answer("999")),
            "277" => Some(Kind::Answer("277CA")),
            _ => None,
        }
    }
}

fn not_used(set: &str, segment: u64) -> Finding {
    let message = format!("Nothing was used of {set}, which the file holds as well.");
    Finding::error("OPS-7-set-not-used", 7, message)
        .because("It is of a kind that is not read here, or not together with the others.")
        .fix("Bring it as a file of its own, or ask its sender what it is.")
        .at(Position { segment: Some(segment), segment_id: "ST".to_owned(), ..Position::default() })
}

/// Looks through a file.
pub fn contents_of(path: &Path) -> Result<Contents> {
    contents(std::fs::File::open(path)?)
}

/// A byte order mark and blanks before ISA are passed over, as the reader does it; interchanges may
/// follow each other, each with separators of its own.
fn contents(source: impl Read) -> Result<Contents> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let mut found = Contents::default();
    let mut segment = 0;
    skip_blanks(&mut source)?;
    let mut head = Vec::new();
    source.by_ref().take(ISA_BYTES).read_to_end(&mut head)?;
    if !head.starts_with(b"ISA") {
        source.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        if is_bank_statement(&head) {
            found.kinds.insert(Kind::Bank, 1);
        }
        return Ok(found);
    }
    // What follows the last interchange and is none is no matter of this look.
    while head.starts_with(b"ISA") {
        let (Some(element), Some(end)) = (head.get(3).copied(), head.get(105).copied()) else {
            break;
        };
        segment += 1;
        interchange(&mut source, (element, end), (&mut found, &mut segment))?;
        skip_blanks(&mut source)?;
        head.clear();
        source.by_ref().take(ISA_BYTES).read_to_end(&mut head)?;
    }
    Ok(found)
}

fn skip_blanks(source: &mut impl BufRead) -> Result<()> {
    loop {
        let ahead = source.fill_buf()?;
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte);
        let blanks = ahead.iter().take_while(|byte| is_blank(byte)).count();
        let is_more = blanks > 0 && blanks == ahead.len();
        source.consume(blanks);
        if !is_more {
            return Ok(());
        }
    }
}

/// The segments of an interchange up to its IEA, or to the end of the file.
fn interchange(
    source: &mut impl BufRead,
    (element, end): (u8, u8),
    (found, segment): (&mut Contents, &mut u64),
) -> Result<()> {
    let mut start = Vec::with_capacity(START_BYTES);
    while next_segment(source, end, &mut start)? {
        let text = start.trim_ascii_start();
        if text.is_empty() {
            continue;
        }
        *segment += 1;
        let mut parts = text.split(|byte| *byte == element);
        match parts.next() {
            Some(b"ST") => {
                let set = String::from_utf8_lossy(parts.next().unwrap_or_default());
                match Kind::of_set(set.trim()) {
                    Some(kind) => drop(found.kinds.entry(kind).or_insert(*segment)),
                    None => {
                        let plain = |one: &char| one.is_ascii_alphanumeric();
                        let set = set.chars().filter(plain).take(3).collect::<String>();
                        found.others.entry(set).or_insert(*segment);
                    }
                }
            }
            Some(b"TA1") => drop(found.kinds.entry(Kind::Answer("TA1")).or_insert(*segment)),
            Some(b"IEA") => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// Reads one segment and keeps its beginning; false at the end of the file.
fn next_segment(source: &mut impl BufRead, end: u8, start: &mut Vec<u8>) -> Result<bool> {
    start.clear();
    let mut is_any = false;
    loop {
        let ahead = source.fill_buf()?;
        if ahead.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let at = ahead.iter().position(|byte| *byte == end);
        let length = at.unwrap_or(ahead.len());
        let piece = ahead.get(..length).unwrap_or_default();
        // Line ends before a segment are not its beginning.
        let piece = if start.is_empty() { piece.trim_ascii_start() } else { piece };
        let room = START_BYTES.saturating_sub(start.len());
        start.extend(piece.iter().take(room));
        source.consume(length + usize::from(at.is_some()));
        if at.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isa(separators: [char; 2]) -> String {
        let [element, end] = separators;
        let isa = format!(
            "ISA*00*{:10}*00*{:10}*ZZ*{:15}*ZZ*{:15}*260101*0000*^*00501*000000001*0*T*:~",
            "", "", "PLAN1", "B"
        );
        isa.replace('*', &element.to_string()).replace('~', &end.to_string())
    }

    fn looked(text: &str) -> Contents {
        contents(text.as_bytes()).expect("memory is read")
    }

    #[test]
    fn a_file_is_known_by_what_it_holds() {
        let isa = isa(['*', '~']);
        let check = |text: String, wanted: Option<(Kind, u64)>| {
            let found = looked(&text);
            assert_eq!(
                found.kinds.into_iter().collect::<Vec<_>>(),
                Vec::from_iter(wanted),
                "{text}"
            );
        };
        check(format!("{isa}GS*HC~ST*837*1~"), Some((Kind::Claims, 3)));
        check(format!("\u{feff}{isa}GS*HC~\r\nST*837*1~"), Some((Kind::Claims, 3)));
        check(format!(" \r\n{isa}GS*HC~ST*837*1~"), Some((Kind::Claims, 3)));
        check(format!("{isa}GS*HP~ST*835*1~ST*835*2~"), Some((Kind::Remittance, 3)));
        check(format!("{isa}GS*FA~ST*999*1~"), Some((Kind::Answer("999"), 3)));
        check(format!("{isa}GS*HN~ST*277*1~"), Some((Kind::Answer("277CA"), 3)));
        let ta1 = format!("{isa}TA1*000000001*260101*0000*A*000~IEA*0*1~");
        check(ta1, Some((Kind::Answer("TA1"), 2)));
        check(format!("{isa}GS*HB~ST*271*1~"), None);
        check("date,amount,description\n2026-01-02,1.00,x\n".to_owned(), Some((Kind::Bank, 1)));
        check("01,BANK,US,260101,0000,1,80,1,2/\n".to_owned(), Some((Kind::Bank, 1)));
        check("Dear Sir or Madam,\nthe amount of your bill\n".to_owned(), None);
        check(String::new(), None);
        check("ISA".to_owned(), None);
    }

    #[test]
    fn several_kinds_of_several_interchanges_are_found() {
        let text = format!(
            "{}GS*FA~ST*999*1~SE*2*1~GE*1*1~IEA*1*1~\n\n{}GS+HP|\nST+835+1|SE+2+1|\n{}|ST+271|",
            isa(['*', '~']),
            isa(['+', '|']),
            "NTE+".repeat(40_000)
        );
        let found = looked(&text);
        let kinds: Vec<_> = found.kinds.clone().into_iter().collect();
        assert_eq!(kinds, [(Kind::Remittance, 9), (Kind::Answer("999"), 3)]);
        assert_eq!(found.answer(), Some("999"));
        let told = |worked: fn(Kind) -> bool| -> Vec<String> {
            let findings = found.unused(worked).into_iter();
            findings.map(|one| format!("{:?} {}", one.position.segment, one.message)).collect()
        };
        let other = "Some(12) Nothing was used of 271, which the file holds as well.";
        assert_eq!(told(|_| true), [other]);
        let answer = "Some(3) Nothing was used of 999, which the file holds as well.";
        assert_eq!(told(|kind| kind == Kind::Remittance), [answer, other]);
    }
}
