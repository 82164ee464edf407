//! Files that are wrong, each in its way: what is told, what is kept aside, what is loaded.

mod common;

use common::World;
use counterfoil_analytics::{
    Engine, ImportOptions, ImportReport, Imported, LakeError, LakeFolder, import_file,
};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

const HEADER: &str = "person_id,payer,enrollment_start_date,enrollment_end_date,data_source\n";

/// What became of a file, in a line: outcome, table, rows loaded and aside, and each finding with
/// its line.
fn told(report: &ImportReport) -> String {
    let mut text = format!("{:?}", report.outcome);
    if let Some(record) = &report.record {
        write!(text, " {} {}+{}", record.table, record.loaded, record.aside).expect("text");
    }
    let told = |code: &str| !matches!(code, "LAKE-column-missing");
    for finding in report.findings.iter().filter(|finding| told(&finding.code)) {
        let line = finding.position.segment.map(|line| format!("@{line}")).unwrap_or_default();
        let code = finding.code.strip_prefix("LAKE-").unwrap_or_default();
        write!(text, ", {code}{line}").expect("text");
    }
    text
}

#[test]
fn wrong_files_are_told_and_the_rest_loads() {
    let good = "p1,a,2020-01-01,2020-01-31,s\n";
    let rows = |bad: &str| format!("{HEADER}{good}{bad}p2,a,2020-01-01,2020-01-31,s\n");
    let span = |row: &str| rows(&format!("{row}\n")).into_bytes();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("good", rows("").into(), "New eligibility 2+0"),
        (
            "a day that is none",
            span("p3,a,2020-02-30,2020-03-31,s"),
            "New eligibility 2+1, cell-unreadable@3",
        ),
        (
            "a day in words",
            span("p3,a,spring,2020-03-31,s"),
            "New eligibility 2+1, cell-unreadable@3",
        ),
        (
            "no person",
            span(",a,2020-01-01,2020-03-31,s"),
            "New eligibility 2+1, required-cell-empty@3",
        ),
        (
            "spaces are no person",
            span("  ,a,2020-01-01,2020-03-31,s"),
            "New eligibility 2+1, required-cell-empty@3",
        ),
        ("a cell too few", span("p3,a,2020-01-01,s"), "New eligibility 2+1, row-length@3"),
        (
            "a cell too many",
            span("p3,a,2020-01-01,2020-03-31,s,x"),
            "New eligibility 2+1, row-length@3",
        ),
        ("empty cells too many", span("p3,a,2020-01-01,2020-03-31,s,,"), "New eligibility 3+0"),
        ("an empty line", span(""), "New eligibility 2+0"),
        (
            "a quote that is never closed",
            span("\"p3,a,2020-01-01,2020-03-31,s"),
            "New eligibility 1+1, quote-open@3",
        ),
        (
            "a quoted cell of two lines",
            span("\"p\n3\",a,2020-01-01,2020-03-31,s"),
            "New eligibility 3+0",
        ),
        (
            "no UTF-8",
            [rows("").as_bytes(), b"p\xff3,a,2020-01-01,2020-03-31,s\n"].concat(),
            "New eligibility 2+1, cell-not-utf8@4",
        ),
        (
            "no UTF-8 in a column without a place",
            b"person_id,enrollment_start_date,data_source,note\np1,2020-01-01,s,\xff\n".to_vec(),
            "New eligibility 1+0, column-unknown",
        ),
        (
            "a byte order mark and CRLF",
            format!("\u{feff}{}", rows("").replace('\n', "\r\n")).into(),
            "New eligibility 2+0",
        ),
        (
            "names in capitals, bars between",
            rows("").to_uppercase().replace(',', "|").into(),
            "New eligibility 2+0",
        ),
        (
            "a column twice",
            b"person_id,person_id,enrollment_start_date,data_source\n1,1,2020-01-01,s\n".to_vec(),
            "Refused, column-repeated",
        ),
        ("columns of no table", b"a,b\n1,2\n".to_vec(), "Refused, no-table-fits"),
        (
            "no source named",
            b"person_id,enrollment_start_date\n1,2020-01-01\n".to_vec(),
            "Refused, required-column-missing",
        ),
        ("empty", Vec::new(), "Refused, file-unreadable"),
        ("a header alone", HEADER.into(), "New eligibility 0+0"),
        (
            "bytes without sense",
            (0..4096).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect(),
            "Refused, no-table-fits",
        ),
        ("a Parquet file cut short", b"PAR1\x15\x04\x15\x00".to_vec(), "Refused, file-unreadable"),
        ("a workbook", b"PK\x03\x04abc".to_vec(), "Refused, file-unreadable"),
        ("packed with zstd", b"\x28\xb5\x2f\xfdabc".to_vec(), "Refused, file-unreadable"),
        (
            "packed with gzip, cut short",
            cut_short(rows("").repeat(2000).as_bytes()),
            "Refused, file-unreadable",
        ),
    ];
    let world = World::new();
    let mut wrong = String::new();
    for (number, (what, bytes, expected)) in cases.into_iter().enumerate() {
        let report = world.import(&format!("file{number}.csv"), bytes);
        let found = told(&report);
        // A damaged file is told at the line up to which it was read.
        let found = match found.split_once("file-unreadable@") {
            Some((before, _)) => format!("{before}file-unreadable"),
            None => found,
        };
        if found != expected {
            writeln!(wrong, "{what}: {found}, expected {expected}").expect("text");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    world.build();
}

fn cut_short(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("packed");
    let mut packed = packer.finish().expect("packed");
    packed.truncate(packed.len() / 2);
    packed
}

#[test]
fn rows_kept_aside_can_be_mended_and_imported() {
    let world = World::new();
    let report =
        world.import("span.csv", format!("{HEADER}p1,a,soon,2020-01-31,s\np2,a,2020-01-01,,s\n"));
    let record = report.record.expect("loaded");
    let aside = fs::read_to_string(world.lake.aside_of(&record.import)).expect("kept");
    assert_eq!(
        aside,
        "person_id,payer,enrollment_start_date,enrollment_end_date,data_source,aside_line,\
         aside_code,aside_column\n\
         p1,a,soon,2020-01-31,s,2,LAKE-cell-unreadable,enrollment_start_date\n"
    );
    let mended = world.import("mended.csv", aside.replace("soon", "2020-01-01"));
    assert_eq!(told(&mended), "New eligibility 1+0");
    assert_eq!(world.ask("select person_id from input.eligibility order by 1"), ["p1", "p2"]);
}

#[test]
fn a_parquet_file_gives_the_rows_of_its_text() {
    let world = World::new();
    world.import(
        "spans.csv",
        format!("{HEADER}p1,a,2020-01-01,2020-01-31,s\np2,a,2020-02-01,2020-02-29,s\n"),
    );
    let engine = Engine::open(&world.lake).expect("opened");
    let path = world.root().join("spans.parquet");
    let question = "select person_id, enrollment_start_date, data_source from input.eligibility";
    let answer = engine.ask(question).expect("asked");
    let mut file = fs::File::create(&path).expect("made");
    counterfoil_analytics::write_parquet(answer, &mut file).expect("written");
    let whole = fs::read(&path).expect("read");
    let other = World::new();
    let report = other.import("spans.parquet", &whole);
    assert_eq!(told(&report), "New eligibility 2+0");
    let days = other.ask("select enrollment_start_date from input.eligibility order by 1");
    assert_eq!(days, ["2020-01-01", "2020-02-01"]);
    for cut in [whole.len() - 1, whole.len() / 2, 12] {
        let report = other.import("cut.parquet", &whole[..cut]);
        assert_eq!(told(&report), "Refused, file-unreadable", "cut at {cut}");
    }
}

/// Wrong rows that only the other rows show: the checks of the built lake.
#[test]
fn rows_that_contradict_each_other_are_found_with_their_lines() {
    let world = World::new();
    world.import(
        "eligibility.csv",
        "person_id,payer,plan,birth_date,death_date,enrollment_start_date,enrollment_end_date,\
         data_source\n\
         p1,a,p,1950-01-01,2020-03-01,2020-01-01,2020-02-29,s\n\
         p1,a,p,1950-01-01,,2020-02-15,2020-04-30,s\n\
         p2,a,p,,,2020-05-01,2020-01-31,s\n\
         p3,a,p,1950-01-01,,2020-01-01,,s\n\
         p1,a,p,1950-01-01,2020-03-01,2020-01-01,2020-02-29,s\n",
    );
    world.import(
        "medical_claim.csv",
        "claim_id,claim_line_number,person_id,payer,plan,data_source,claim_line_start_date,\
         claim_line_end_date,paid_date,paid_amount,allowed_amount,charge_amount,deductible_amount\n\
         c1,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,10.00,10.00,20.00,\n\
         c1,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,11.00,11.00,20.00,\n\
         c2,1,nobody,a,p,s,2020-01-05,2020-01-05,2020-02-01,10.00,10.00,20.00,\n\
         c3,1,p1,a,p,s,2021-01-05,2021-01-05,2021-02-01,10.00,10.00,20.00,\n\
         c4,1,p1,a,p,s,1949-12-31,1949-12-31,2020-02-01,10.00,10.00,20.00,\n\
         c5,1,p1,a,p,s,,,2020-02-01,10.00,10.00,20.00,\n\
         c6,1,p1,a,p,s,2020-01-05,2020-01-04,2020-02-01,10.00,10.00,20.00,\n\
         c7,1,p1,a,p,s,2020-01-05,2020-01-05,2020-01-01,10.00,10.00,20.00,\n\
         c8,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,10.00,,20.00,\n\
         c9,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,30.00,10.00,20.00,\n\
         c10,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,8.00,10.00,20.00,5.00\n\
         c11,1,p1,a,p,s,2020-01-05,2020-01-05,2020-02-01,10.00,30.00,20.00,\n",
    );
    world.build();
    let found = world
        .ask("select table_name, source_line, check_code from quality_finding order by 1, 2, 3");
    let expected = [
        "eligibility,2,coverage-repeated",
        "eligibility,3,coverage-overlaps",
        "eligibility,4,birth-day-missing",
        "eligibility,4,coverage-ends-before-it-begins",
        "eligibility,5,coverage-end-open",
        "medical_claim,2,claim-line-repeated",
        "medical_claim,4,claim-without-member",
        "medical_claim,5,claim-outside-coverage",
        "medical_claim,5,service-after-death",
        "medical_claim,6,claim-outside-coverage",
        "medical_claim,6,service-before-birth",
        "medical_claim,7,claim-line-without-day",
        "medical_claim,8,claim-line-ends-before-it-begins",
        "medical_claim,9,paid-before-service",
        "medical_claim,10,allowed-missing",
        "medical_claim,11,paid-above-allowed",
        "medical_claim,12,parts-above-allowed",
        "medical_claim,13,allowed-above-charge",
    ];
    assert_eq!(found, expected);
    let line = world.cell("select paid_amount from medical_claim_line where claim_id = 'c1'");
    assert_eq!(line, "11.00", "of rows with one key the last of the latest file counts");
}

#[test]
fn folders_that_are_no_lake_are_left_alone() {
    let world = World::new();
    let other = world.root().join("papers");
    fs::create_dir(&other).expect("made");
    fs::write(other.join("letter.txt"), "dear").expect("written");
    assert!(matches!(LakeFolder::open_or_make(&other), Err(LakeError::NotALake(_))));
    fs::write(other.join("lake.json"), "{\"lake\":2}").expect("written");
    assert!(matches!(LakeFolder::open(&other), Err(LakeError::LaterVersion(_))));
    assert!(LakeFolder::open(&world.root().join("absent")).is_err());
    let file = world.file("spans.csv", HEADER);
    assert!(LakeFolder::open_or_make(&file).is_err());
}

#[test]
fn what_a_stopped_import_left_is_never_read() {
    let world = World::new();
    let path = world.file("spans.csv", format!("{HEADER}p1,a,2020-01-01,2020-01-31,s\n"));
    let take = || import_file(&world.lake, &path, &ImportOptions::default(), &mut |_| {});
    let import = take().expect("read").record.expect("loaded").import;
    // As if the process had ended between the rows and their record.
    fs::remove_file(world.lake.root().join("imports").join(format!("{import}.json")))
        .expect("gone");
    assert_eq!(world.cell("select count(*) from input.eligibility"), "0");
    assert_eq!(take().expect("read").outcome, Imported::New);
    assert_eq!(world.cell("select count(*) from input.eligibility"), "1");
}

/// Days that no calendar of coverage holds end no build.
#[test]
fn impossible_days_are_named_and_the_rest_counts() {
    let world = World::new();
    world.import(
        "spans.csv",
        format!(
            "{HEADER}p1,a,0001-01-01,1900-02-15,s\np2,a,2020-01-01,3020-01-31,s\n\
             p3,a,3000-01-01,3000-01-31,s\np4,a,3000-01-01,,s\np5,a,2020-01-01,2020-01-31,s\n"
        ),
    );
    world.import(
        "lines.csv",
        "claim_id,claim_line_number,claim_type,person_id,data_source,claim_start_date,\
         claim_end_date,bill_type_code,revenue_center_code,paid_date,paid_amount\n\
         c1,1,institutional,p5,s,0001-01-01,9999-12-31,111,0120,9999-12-31,1.00\n\
         c2,1,institutional,p5,s,9999-12-31,0001-01-01,111,0120,0001-01-01,1.00\n\
         c3,1,professional,p5,s,2020-01-05,2020-01-05,,,2020-02-01,1.00\n",
    );
    world.build();
    let months = world.ask(
        "select person_id, count(*), min(year_month), max(year_month) from member_month \
         group by person_id order by 1",
    );
    assert_eq!(months, ["p1,2,190001,190002", "p2,2,202001,202002", "p5,1,202001,202001"]);
    let named = world.ask(
        "select source_line from quality_finding where check_code = 'coverage-day-impossible' \
         order by 1",
    );
    assert_eq!(named, ["2", "4", "5"]);
}

/// A pattern in a path would match other files, or none.
#[test]
fn a_lake_lies_in_any_folder() {
    let world = World::new();
    for name in ["a [1] b", "what? *", "50%20 #1", "é ü", "back\\slash"] {
        let lake = LakeFolder::open_or_make(&world.root().join(name)).expect("made");
        let path = world.file("spans.csv", format!("{HEADER}p1,a,2020-01-01,2020-01-31,s\n"));
        import_file(&lake, &path, &ImportOptions::default(), &mut |_| {}).expect("imported");
        let built = counterfoil_analytics::build(&lake, &mut |_, _, _| {}).expect("built");
        let months = built.tables.iter().find(|table| table.name == "member_month");
        assert_eq!(months.map(|table| table.rows), Some(1), "{name}");
    }
}
