//! What a reader of a workbook or of paper finds in it.

use counterfoil_export::{statement_csv, statement_paper, statement_workbook, waterfall_csv};
use counterfoil_settle::{
    ContractReference, FactLine, ResultLine, RowStatement, RowsLine, TermLine, WaterfallStep,
};
use flate2::read::ZlibDecoder;
use std::io::{Cursor, Read};

fn step(label: &str, amount_cents: i64, level_cents: i64) -> WaterfallStep {
    WaterfallStep {
        label: label.to_owned(),
        term: "shared_savings".to_owned(),
        clause: "4. Sharing".to_owned(),
        amount_cents,
        level_cents,
    }
}

fn term(number: u64, name: &str, value: &str, exact: &str) -> TermLine {
    TermLine {
        number,
        term: name.to_owned(),
        value: value.to_owned(),
        exact: exact.to_owned(),
        unit: "money".to_owned(),
        rule: format!("{name}.otherwise"),
        clause: "4. Sharing".to_owned(),
        formula: "generated $5,000,000.00 x sharing_rate 50%".to_owned(),
        rounding: "half_up to $0.01".to_owned(),
        inputs: Vec::new(),
    }
}

fn statement(subject: &str, numbers: u64) -> RowStatement {
    let fact = |name: &str, value: &str, exact: &str| FactLine {
        name: name.to_owned(),
        value: value.to_owned(),
        exact: exact.to_owned(),
        half_unit: String::new(),
    };
    RowStatement {
        form: "counterfoil/settlement/1".to_owned(),
        contract: ContractReference { id: "sample-savings".to_owned(), sha256: "c0".to_owned() },
        year: 2025,
        subject: subject.to_owned(),
        facts_sha256: "fa".to_owned(),
        facts: vec![
            fact("benchmark", "$100,000,000.00", "100000000"),
            fact("ratio", "0.333...", "1/3"),
            fact("not_given", "", ""),
        ],
        rows: vec![RowsLine { rows: "practices".to_owned(), count: 3, sha256: "ab".to_owned() }],
        result: Some(ResultLine {
            term: "shared_savings".to_owned(),
            amount_cents: 245_000_005,
            rounding: String::new(),
        }),
        waterfall: vec![
            step("benchmark", 10_000_000_000, 10_000_000_000),
            step("expenditure", -9_754_999_995, 245_000_005),
        ],
        terms: (1..=numbers)
            .map(|number| term(number, &format!("term_{number}"), "$2,450,000.05", "2450000.05"))
            .collect(),
        columns: Vec::new(),
        problems: vec!["SETTLE-no-value: quality is not given".to_owned()],
    }
}

/// The letters of each page, from its stream.
fn pages(pdf: &[u8]) -> Vec<String> {
    let mut pages = Vec::new();
    let mut rest = pdf;
    let find = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).position(|w| w == wanted);
    while let Some(begin) = find(rest, b"stream\n") {
        rest = &rest[begin + 7..];
        let mut text = Vec::new();
        ZlibDecoder::new(rest).read_to_end(&mut text).expect("a page is a deflated stream");
        pages.push(text.iter().map(|byte| char::from(*byte)).collect());
        let end = find(rest, b"endstream").expect("every stream ends");
        rest = &rest[end + 9..];
    }
    pages
}

fn sheet(xlsx: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(xlsx)).expect("a workbook is an archive");
    let mut text = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("XML is UTF-8");
    text
}

#[test]
fn tables_have_a_line_for_each_term_and_bar() {
    let all = [statement("A1001", 7)];
    let csv = String::from_utf8(statement_csv(&all).expect("memory")).expect("UTF-8");
    assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().count(), 7);
    let csv = String::from_utf8(waterfall_csv(&all).expect("memory")).expect("UTF-8");
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.contains("A1001,2025,benchmark,shared_savings,4. Sharing,100000000.00"), "{csv}");
}

#[test]
fn a_table_holds_nothing_that_a_spreadsheet_runs() {
    let all = [statement("=HYPERLINK(\"http://x\")", 1)];
    for csv in [statement_csv(&all), waterfall_csv(&all)] {
        let csv = String::from_utf8(csv.expect("memory")).expect("UTF-8");
        assert!(csv.contains("\n\"'=HYPERLINK"), "{csv}");
    }
    let owed = RowStatement { waterfall: vec![step("loss", -5, -5)], ..statement("A", 0) };
    let csv = String::from_utf8(waterfall_csv(&[owed]).expect("memory")).expect("UTF-8");
    assert!(csv.contains(",-0.05,-0.05"), "{csv}");
}

#[test]
fn a_workbook_holds_amounts_as_numbers_and_formulas_as_text() {
    let xlsx = statement_workbook(&[statement("=HYPERLINK(\"http://x\")", 2)]).expect("fits");
    let statements = sheet(&xlsx, "xl/worksheets/sheet1.xml");
    assert!(statements.contains("<v>2450000.05</v>"), "{statements}");
    assert!(!statements.contains("<f>"), "nothing that a partner wrote is a formula");
    let waterfall = sheet(&xlsx, "xl/worksheets/sheet2.xml");
    assert!(waterfall.contains("<v>-97549999.95</v>"), "{waterfall}");
    let facts = sheet(&xlsx, "xl/worksheets/sheet4.xml");
    assert!(facts.contains("<v>100000000</v>"), "{facts}");
    let texts = sheet(&xlsx, "xl/sharedStrings.xml");
    for text in ["=HYPERLINK", "1/3", "4. Sharing", "term_2.otherwise", "quality is not given"] {
        assert!(texts.contains(text), "{text}: {texts}");
    }
}

#[test]
fn paper_shows_the_result_every_number_and_the_digest_on_each_page() {
    let whole = statement("Provider (North) \\ 1", 120);
    let sha256 = whole.clone().document().sha256;
    let pages = pages(&statement_paper(&[whole]).expect("fits"));
    assert!(pages.len() > 5, "120 numbers take several pages, not {}", pages.len());
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("Statement SHA-256 {sha256}")), "page {number}");
        assert!(page.contains(&format!("page {number} of {}", pages.len())), "page {number}");
    }
    let all = pages.concat();
    for number in 1..=120 {
        assert!(all.contains(&format!("({number}. term_{number} = ")), "number {number}");
    }
    assert!(all.contains("$2,450,000.05 is paid to the provider"), "{}", pages[0]);
    assert!(all.contains("-$97,549,999.95"), "{}", pages[0]);
    assert!(all.contains("3 rows, SHA-256 ab"));
    assert!(all.contains("Provider (North) \\\\ 1"), "{}", pages[0]);
}

#[test]
fn what_is_owed_and_what_has_no_amount_is_said_so() {
    let mut owed = statement("A", 1);
    if let Some(result) = &mut owed.result {
        result.amount_cents = -1;
    }
    let mut none = statement("\u{141}\u{f3}d\u{17a}", 1);
    none.result = None;
    let all = pages(&statement_paper(&[owed, none]).expect("fits")).concat();
    assert!(all.contains("$0.01 is owed by the provider"));
    assert!(all.contains("No amount could be computed."));
    assert!(all.contains("2 letters that the fonts of paper lack"), "{all}");
}

#[test]
fn the_same_statements_give_the_same_bytes() {
    let all = [statement("A1001", 3), statement("A1002", 3)];
    assert_eq!(statement_paper(&all).expect("fits"), statement_paper(&all).expect("fits"));
    assert_eq!(statement_workbook(&all).expect("fits"), statement_workbook(&all).expect("fits"));
}

#[test]
fn no_statement_at_all_is_an_empty_form() {
    assert_eq!(pages(&statement_paper(&[]).expect("fits")).len(), 1);
    assert!(!statement_workbook(&[]).expect("fits").is_empty());
}

#[test]
fn a_cell_that_is_too_long_is_cut_and_says_so() {
    let mut long = statement("A", 1);
    long.terms[0].formula = "x".repeat(40_000);
    let xlsx = statement_workbook(&[long]).expect("fits");
    assert!(sheet(&xlsx, "xl/sharedStrings.xml").contains("the statement as JSON holds all of it"));
}
