//! The codes of findings, read from the sources, and the page that lists them.
//!
//! A code is a string literal such as `X12-2-required-segment-missing` outside tests, or the
//! first word of a rule in a guide. Sentence, cause and next step are taken from the statement
//! in which the code stands, as far as they stand there as literals; nothing is invented.

use crate::statement::Statement;
use crate::tokens::{Token, tokens};
use crate::{SourceFile, files};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the page of all codes lies, from the repository's root.
pub const PAGE: &str = "docs/reference/findings.md";

/// Areas of the page: heading, what it is about, and the first parts of its codes.
const AREAS: [(&str, &str, &[&str]); 14] = [
    ("Any X12 file", "The reader and the base standard, for every transaction set.", &["X12"]),
    ("Claims, 837", "Guides 005010X222A1 and 005010X223A2.", &["837", "837P", "837I"]),
    ("Remittance advice, 835", "Guide 005010X221A1.", &["835"]),
    ("Acknowledgements, TA1, 999 and 277CA", "Files that answer files.", &["TA1", "999", "277CA"]),
    ("Reading claims and remittances into the model", "", &["CLAIM"]),
    ("Clean-claim engine", "The built-in edits.", &["INT"]),
    ("Code tables and rule packs", "Files that the caller loads.", &["TAB", "PCK"]),
    ("Rates, members and adjudication", "`ADJ` pends, `DENY` denies.", &["RATES", "ADJ", "DENY"]),
    (
        "Contracts and settlements",
        "Texts, parameters, facts and cases of a value contract; its simulation and payments.",
        &["CONTRACT", "SETTLE"],
    ),
    ("Risk scores", "People as lines of JSON.", &["RISK"]),
    ("The lake", "Files of rows; a position is a line.", &["LAKE"]),
    ("Books", "", &["LEDGER"]),
    ("Remittances, bank files and posting", "", &["REMIT", "ACH", "BANK"]),
    ("The work of an office", "", &["OPS"]),
];

/// What the sources say of one code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingCode {
    /// SNIP type 1 to 7, when the code or its statement names it.
    pub snip: Option<u8>,
    /// What the finding says; `…` stands for what the file at hand decides.
    pub sentence: String,
    /// Why the rule exists.
    pub cause: String,
    /// What the sender does next.
    pub fix: String,
}

impl FindingCode {
    /// Takes over what is not known yet.
    pub(crate) fn fill(&mut self, other: FindingCode) {
        self.snip = self.snip.or(other.snip);
        for (mine, theirs) in [
            (&mut self.sentence, other.sentence),
            (&mut self.cause, other.cause),
            (&mut self.fix, other.fix),
        ] {
            if is_open(mine) && !theirs.is_empty() {
                *mine = theirs;
            }
        }
    }
}

/// True for a text of the form of a code: `AREA-SNIP-words` or `AREA-words`.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let (area, rest) = text.split_once('-').unwrap_or((text, ""));
    let is_area = area.len() >= 2
        && area.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && (area.starts_with(|c: char| c.is_ascii_uppercase()) || area.len() >= 3);
    let words = match rest.split_once('-') {
        Some((snip, words)) if snip.len() == 1 && "1234567".contains(snip) => words,
        _ => rest,
    };
    is_area
        && words.starts_with(|c: char| c.is_ascii_lowercase())
        && !words.ends_with('-')
        && words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Every code of the program with what the sources say of it.
#[must_use]
pub fn finding_codes() -> BTreeMap<String, FindingCode> {
    let mut found: BTreeMap<String, FindingCode> = BTreeMap::new();
    let is_source = |file: &&SourceFile| {
        file.path.contains("/src/")
            && !file.is_test()
            && !["corpus", "tidy"].contains(&file.crate_name())
    };
    for file in files(&[".rs"]).iter().filter(is_source) {
        let body: String = file.lines_before_tests().map(|(_, line)| format!("{line}\n")).collect();
        let tokens = tokens(&body);
        for (at, token) in tokens.iter().enumerate() {
            if let Token::Text(code) = token
                && is_code(code)
            {
                let said = Statement::at(&tokens, at).read(code);
                found.entry(code.clone()).or_default().fill(said);
            }
        }
    }
    for file in files(&[".guide"]) {
        for line in file.text.lines().filter_map(|line| line.trim().strip_prefix("rule ")) {
            let Some((code, said)) = guide_rule(line) else { continue };
            found.entry(code).or_default().fill(said);
        }
    }
    found
}

/// `CODE SNIP ... : message | fix`.
fn guide_rule(line: &str) -> Option<(String, FindingCode)> {
    let (head, said) = line.split_once(" : ")?;
    let (sentence, fix) = said.split_once(" | ")?;
    let mut words = head.split_whitespace();
    let code = words.next()?.to_owned();
    let snip = words.next().and_then(|n| n.parse().ok());
    let (sentence, fix) = (sentence.trim().to_owned(), fix.trim().to_owned());
    Some((code, FindingCode { snip, sentence, cause: String::new(), fix }))
}

/// True for a text that is not known yet: none, or a parameter's name alone.
pub(crate) fn is_open(text: &str) -> bool {
    text.is_empty() || (text.starts_with('{') && text.ends_with('}') && !text.contains(' '))
}

/// The page that lists every code.
#[must_use]
pub fn findings_page() -> String {
    let codes = finding_codes();
    let mut page = String::from(
        "# Findings\n\n\
         Every code that Counterfoil can answer with. A finding says what is wrong, where, why\n\
         and what to do; `…` stands for what the file at hand decides. A code with several\n\
         wordings shows one of them; what is put together at run time is left empty.\n\n\
         Codes of payers' own rules are `PACK-7-` followed by the pack's and the rule's name;\n\
         their words are in the rule pack (see [rule-packs.md](rule-packs.md)).\n\n\
         This page is written from the sources by\n\
         `cargo run -p counterfoil-tidy --example findings_page`, and a test compares the two.\n",
    );
    for (heading, about, prefixes) in AREAS {
        let _ = write!(page, "\n## {heading}\n\n");
        if !about.is_empty() {
            let _ = write!(page, "{about}\n\n");
        }
        page.push_str("| code | SNIP | what it says | why | what to do |\n");
        page.push_str("| --- | --- | --- | --- | --- |\n");
        for (code, said) in codes.iter().filter(|(code, _)| prefixes.contains(&area_of(code))) {
            let snip = said.snip.map(|snip| snip.to_string()).unwrap_or_default();
            let row = [&format!("`{code}`"), &snip, &said.sentence, &said.cause, &said.fix];
            let cells: Vec<&str> = row.iter().map(|cell| cell.as_str()).collect();
            let _ = writeln!(page, "| {} |", cells.join(" | ").replace("|  |", "| |"));
        }
    }
    page
}

/// Codes that belong to no area of the page.
#[must_use]
pub fn codes_without_area() -> Vec<String> {
    let known = |code: &str| AREAS.iter().any(|(_, _, areas)| areas.contains(&area_of(code)));
    finding_codes().into_keys().filter(|code| !known(code)).collect()
}

fn area_of(code: &str) -> &str {
    code.split('-').next().unwrap_or(code)
}
