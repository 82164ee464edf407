//! What a file holds, by its first bytes: claims, a payment, an answer, a bank statement.

use counterfoil_cli::is_bank_statement;
use std::io::{Read, Result};
use std::path::Path;

/// Bytes within which the first ST stands.
const HEAD_BYTES: u64 = 4_096;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// 837.
    Claims,
    /// 835.
    Remittance,
    /// TA1, 999 or 277CA, and who sends it (ISA06).
    Answer(&'static str, String),
    /// BAI2, NACHA or CSV with days and amounts.
    Bank,
    /// Something else.
    Other,
}

/// Looks into a file.
pub fn content_of(path: &Path) -> Result<Content> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    Ok(content(&bytes))
}

/// A byte order mark and blanks before ISA are passed over, as the reader does it.
fn content(bytes: &[u8]) -> Content {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let (Some(element), Some(end)) = (text.get(3).copied(), text.get(105).copied()) else {
        return other(text);
    };
    if !text.starts_with(b"ISA") {
        return other(text);
    }
    let parts = |segment: &'static str| {
        let found = text.split(|byte| *byte == end).map(<[u8]>::trim_ascii).find(|one| {
            let rest = one.strip_prefix(segment.as_bytes());
            rest.is_some_and(|rest| rest.first() == Some(&element))
        })?;
        let parts = found.split(|byte| *byte == element);
        Some(parts.map(|part| String::from_utf8_lossy(part.trim_ascii()).into_owned()).collect())
    };
    let sender = || {
        let isa: Vec<String> = parts("ISA").unwrap_or_default();
        isa.into_iter().nth(6).unwrap_or_default()
    };
    let set: Option<Vec<String>> = parts("ST");
    let is_answer: Option<Vec<String>> = parts("TA1");
    match set.as_ref().and_then(|set| set.get(1)).map(String::as_str) {
        Some("837") => Content::Claims,
        Some("835") => Content::Remittance,
        Some("999") => Content::Answer("999", sender()),
        Some("277") => Content::Answer("277CA", sender()),
        None if is_answer.is_some() => Content::Answer("TA1", sender()),
        _ => Content::Other,
    }
}

fn other(text: &[u8]) -> Content {
    if is_bank_statement(text) { Content::Bank } else { Content::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let isa = format!(
            "ISA*00*{:10}*00*{:10}*ZZ*{:15}*ZZ*{:15}*260101*0000*^*00501*000000001*0*T*:~",
            "", "", "PLAN1", "B"
        );
        let answer = |kind| Content::Answer(kind, "PLAN1".to_owned());
        let check = |text: String, wanted: Content| {
            assert_eq!(content(text.as_bytes()), wanted, "{text}");
        };
        check(format!("{isa}GS*HC~ST*837*1~"), Content::Claims);
        check(format!("\u{feff}{isa}GS*HC~\r\nST*837*1~"), Content::Claims);
        check(format!(" \r\n{isa}GS*HC~ST*837*1~"), Content::Claims);
        check(format!("{isa}GS*HP~ST*835*1~"), Content::Remittance);
        check(format!("{isa}GS*FA~ST*999*1~"), answer("999"));
        check(format!("{isa}GS*HN~ST*277*1~"), answer("277CA"));
        check(format!("{isa}TA1*000000001*260101*0000*A*000~IEA*0*1~"), answer("TA1"));
        check(format!("{isa}GS*HB~ST*271*1~"), Content::Other);
        check("date,amount,description\n2026-01-02,1.00,x\n".to_owned(), Content::Bank);
        check("01,BANK,US,260101,0000,1,80,1,2/\n".to_owned(), Content::Bank);
        check("Dear Sir or Madam,\nthe amount of your bill\n".to_owned(), Content::Other);
        check(String::new(), Content::Other);
        check("ISA".to_owned(), Content::Other);
    }
}
