//! One version of a contract: words beside rules, numbers of each year, cases, findings.

use super::{LoadedContract, VersionRecord, contract_rule, counted, findings, stated, unknown};
use crate::book::{Book, Story, input};
use counterfoil_contract::Stated;
use counterfoil_settle::{TextPart, clause_texts};
use counterfoil_web::FigureAddress;
use counterfoil_web::view::{
    CaseLine, Clause, ClausePart, ContractRow, ContractView, Target, YearNumber, YearNumbers,
};
use toml::Table;

/// The version's line in the list.
#[must_use]
pub fn contract_row(record: &VersionRecord) -> ContractRow {
    let signed = |is_ours: bool| {
        let one = record.signatures.iter().find(|one| one.is_ours == is_ours);
        one.map(|one| one.by.clone()).unwrap_or_default()
    };
    ContractRow {
        id: record.id.clone(),
        name: record.name.clone(),
        partner: record.partner.clone(),
        standing: record.standing.clone(),
        effective_on: record.effective_on,
        ours: signed(true),
        theirs: signed(false),
        digest: record.digest.clone(),
    }
}

/// The version as its page shows it; `others` are the other versions, newest first, and
/// `settlements` those under it.
pub fn contract(
    record: &VersionRecord,
    loaded: Option<&LoadedContract>,
    (others, settlements): (&[VersionRecord], Vec<(String, Target)>),
    book: &mut Book,
) -> ContractView {
    let results = loaded.map(cases).unwrap_or_default();
    let passed = results.iter().filter(|case| case.differences.is_empty()).count();
    let address = |name: &str| FigureAddress::new("contract", &record.id, name);
    let words = "Every worked example of the contract is computed by its rules.";
    ContractView {
        row: contract_row(record),
        agreement: record.agreement.clone(),
        signatures: record.signatures.clone(),
        signing: record.signing.clone(),
        clauses: loaded.map(|loaded| clauses(loaded.text())).unwrap_or_default(),
        years: loaded.map(|loaded| years(record, loaded, book)).unwrap_or_default(),
        findings: loaded.map(|one| findings(&one.problems, &one.files)).unwrap_or_default(),
        cases_passed: counted(book, passed, address("cases-passed"), words),
        cases_all: counted(book, results.len(), address("cases"), words),
        cases: results,
        versions: others.iter().map(contract_row).collect(),
        settlements,
    }
}

/// Clauses with each rule beside the words before it.
fn clauses(text: &[u8]) -> Vec<Clause> {
    let all = clause_texts(text).into_iter();
    let told = all.filter(|one| !one.title.is_empty() || !one.parts.is_empty()).map(|one| {
        let mut parts = vec![ClausePart::default()];
        for part in one.parts {
            match part {
                TextPart::Paragraph(lines) => {
                    // Rules end what stands beside them.
                    if parts.last().is_none_or(|last| !last.rule.is_empty()) {
                        parts.push(ClausePart::default());
                    }
                    if let Some(last) = parts.last_mut() {
                        last.words.extend(paragraphs(lines));
                    }
                }
                TextPart::Block { text, .. } => {
                    if parts.last().is_none_or(|last| !last.rule.is_empty()) {
                        parts.push(ClausePart::default());
                    }
                    if let Some(last) = parts.last_mut() {
                        last.rule = text;
                    }
                }
            }
        }
        parts.retain(|part| *part != ClausePart::default());
        Clause { title: one.title, level: one.level, parts }
    });
    told.collect()
}

/// Lines of one paragraph, with each item of a list by itself.
fn paragraphs(lines: Vec<String>) -> Vec<String> {
    let is_item = |line: &str| {
        let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        line.starts_with("- ") || (after_number != line && after_number.starts_with(". "))
    };
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        match all.last_mut() {
            Some(last) if !is_item(&line) => {
                last.push(' ');
                last.push_str(&line);
            }
            _ => all.push(line),
        }
    }
    all
}

fn years(record: &VersionRecord, loaded: &LoadedContract, book: &mut Book) -> Vec<YearNumbers> {
    let contract = &loaded.contract;
    let mut all = Vec::new();
    for year in contract.years() {
        // A year whose file cannot be read is among the findings.
        let Ok(numbers) = contract.stated(year) else { continue };
        let numbers = (1..).zip(numbers);
        let numbers = numbers.map(|(at, one)| number(record, (year, at), one, book)).collect();
        all.push(YearNumbers { year, numbers });
    }
    all
}

fn number(
    record: &VersionRecord,
    (year, at): (i64, usize),
    one: Stated,
    book: &mut Book,
) -> YearNumber {
    let Stated { name, code, value, citation } = one;
    let name = if code.is_empty() { name } else { format!("{name}, {code}") };
    let file = format!("params/{year}.toml");
    let story = Story {
        sentence: format!("The contract states {name} for {year}, with its source."),
        formula: format!("{name} = {value}"),
        rule: contract_rule(&format!("{}.{name}", record.name), &record.digest, &citation),
        inputs: vec![input(&name, &value, &file)],
        other_side: unknown("Both sides hold the same number when both have signed this digest."),
        ..Story::default()
    };
    let address = FigureAddress::new("contract", &record.id, &format!("year-{year}-{at}"));
    YearNumber { name, value: stated(book, &value, address, story), citation }
}

/// Worked examples, with what each expects.
fn cases(loaded: &LoadedContract) -> Vec<CaseLine> {
    if !loaded.is_computable() {
        return Vec::new();
    }
    let results = loaded.contract.run_cases().into_iter();
    let told = results.map(|result| CaseLine {
        expects: loaded.files.get(&result.file).map(|bytes| expects(bytes)).unwrap_or_default(),
        file: result.file,
        title: result.title,
        differences: result.differences,
    });
    told.collect()
}

/// What a case expects: terms with their values, those of further rows by their names, or the
/// finding that stops it.
fn expects(bytes: &[u8]) -> Vec<(String, String)> {
    let Some(table) = read_table(bytes) else { return Vec::new() };
    let mut all = Vec::new();
    let part = |name: &str| table.get(name).and_then(|value| value.as_table());
    for (name, value) in part("expect").into_iter().flatten() {
        tell(name, value, &mut all);
    }
    if let Some(finding) = part("finding") {
        let word = |name: &str| finding.get(name).and_then(|value| value.as_str()).unwrap_or("");
        all.push((word("term").to_owned(), format!("no value: {}", word("code"))));
    }
    all
}

fn tell(name: &str, value: &toml::Value, all: &mut Vec<(String, String)>) {
    match value {
        toml::Value::String(text) => all.push((name.to_owned(), text.clone())),
        toml::Value::Table(below) => {
            for (key, value) in below {
                tell(&format!("{name}, {key}"), value, all);
            }
        }
        other => all.push((name.to_owned(), other.to_string())),
    }
}

/// A file of the contract as a table; nothing when it is none.
pub(super) fn read_table(bytes: &[u8]) -> Option<Table> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_stands_beside_the_words_before_it() {
        let text = "# Deal\nOne\ntwo:\n- a\n- b\n  c\n\n1. x\n```terms\nfact a: flag\n```\n\
                    ```terms\nfact b: flag\n```\nAfter.\n";
        let found = clauses(text.as_bytes());
        let told: Vec<String> = found
            .iter()
            .flat_map(|clause| &clause.parts)
            .map(|part| format!("{:?} | {}", part.words, part.rule))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        ["One two:", "- a", "- b c", "1. x"] | fact a: flag
        [] | fact b: flag
        ["After."] |
        "#);
    }

    #[test]
    fn what_a_case_expects_is_told_in_words() {
        let case = "title = \"t\"\nyear = 2026\n[expect]\nbonus = \"$5.00\"\n[expect.rows.P1]\n\
                    paid = \"$2.50\"\n[finding]\nterm = \"bonus\"\ncode = \"CONTRACT-x\"\n";
        let told = expects(case.as_bytes());
        let told: Vec<String> = told.iter().map(|(a, b)| format!("{a} = {b}")).collect();
        assert_eq!(
            told,
            ["bonus = $5.00", "rows, P1, paid = $2.50", "bonus = no value: CONTRACT-x"]
        );
        assert_eq!(expects(b"\xff"), []);
    }
}
