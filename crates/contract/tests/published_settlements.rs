//! The published settlements of the Medicare Shared Savings Program come out of the contract.

use counterfoil_contract::{Contract, ContractFiles, Number};
use std::collections::BTreeMap;
use std::path::Path;

counterfoil_samples::run_over!(
    "data/mssp",
    every_published_amount_lies_where_the_printed_numbers_allow,
    outcomes_are_never_read,
    rows_do_not_depend_on_each_others_order,
    each_row_alone_comes_to_what_it_comes_to_in_its_file,
);

/// For each year: rows, rows within a dollar at least, and rows outside the interval at most,
/// each of which is named by its note.
const YEARS: [(i64, usize, usize, usize); 8] = [
    (2013, 220, 220, 0),
    (2014, 333, 333, 0),
    (2016, 432, 321, 0),
    (2017, 472, 336, 0),
    (2018, 548, 372, 0),
    (2020, 513, 270, 0),
    (2022, 482, 480, 0),
    (2023, 453, 449, 0),
];

/// Columns that hold outcomes.
const OUTCOMES: [&str; 6] =
    ["GenSaveLoss", "EarnSaveLoss", "EarnShrSavings", "OweLosses", "BnchmkMinExp", "Sav_rate"];

fn contract() -> Contract {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
    let mut files = ContractFiles::new();
    for folder in ["", "params", "cases/good", "cases/bad"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().expect("names are UTF-8");
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                files.insert(name, std::fs::read(entry.path()).expect("files can be read"));
            }
        }
    }
    let (contract, problems) = Contract::load(&files);
    let text = |name: &str| String::from_utf8_lossy(&files[name]).into_owned();
    let shown: Vec<String> = problems.iter().map(|p| p.show(&text(&p.file))).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n\n"));
    contract
}

fn published(folder: &Path, year: i64) -> Vec<u8> {
    std::fs::read(folder.join(format!("mssp_aco_puf_py{year}.csv"))).expect("the file is there")
}

type Line = BTreeMap<String, String>;

fn lines(csv: &[u8]) -> Vec<Line> {
    let csv = csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(csv);
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.byte_headers().expect("a heading").clone();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let line = |record: csv::ByteRecord| {
        header.iter().zip(record.iter()).map(|(name, cell)| (text(name), text(cell))).collect()
    };
    reader.byte_records().map(|record| line(record.expect("a row"))).collect()
}

fn settle(contract: &Contract, year: i64, csv: &[u8]) -> Vec<Line> {
    let (facts, problems) = contract.read_facts(year, "facts", csv);
    assert!(problems.is_empty(), "{year}: {problems:?}");
    let statement = contract.settle(year, &facts).expect("the year has its numbers");
    let findings: Vec<_> = statement.findings().collect();
    assert!(findings.is_empty(), "{year}: {findings:?}");
    lines(&statement.to_csv().expect("writing to memory"))
}

fn number(text: &str) -> Number {
    Number::parse(&text.replace([',', '%'], "")).unwrap_or(Number::ZERO)
}

fn difference(left: Number, right: Number) -> Number {
    left.checked_sub(right).expect("amounts are small").magnitude()
}

fn earned(line: &Line) -> Number {
    match line.get("EarnSaveLoss") {
        Some(text) => number(text),
        None => {
            let owed = number(&line["OweLosses"]).magnitude();
            number(&line["EarnShrSavings"]).checked_sub(owed).expect("amounts are small")
        }
    }
}

fn every_published_amount_lies_where_the_printed_numbers_allow(folder: &Path) {
    let contract = contract();
    for (year, rows, close_least, outside_most) in YEARS {
        let csv = published(folder, year);
        let (published, settled) = (lines(&csv), settle(&contract, year, &csv));
        assert_eq!((published.len(), settled.len()), (rows, rows), "{year}");
        let (mut close, mut outside, mut named) = (0, Vec::new(), Vec::new());
        for (line, ours) in published.iter().zip(&settled) {
            let aco = &ours["ACO"];
            assert!(line.get("ACO_ID").or(line.get("ACO_Num")) == Some(aco), "{year} {aco}");
            let amount = earned(line);
            close += usize::from(difference(amount, number(&ours["EarnSaveLoss"])) <= Number::ONE);
            let low = number(&ours["Low"]).checked_sub(Number::ONE).expect("small");
            let high = number(&ours["High"]).checked_add(Number::ONE).expect("small");
            if ours["Note"].contains("bound by the limit on revenue") {
                named.push(aco.clone());
            } else if amount < low || amount > high {
                outside.push(format!("{aco} {amount} not in [{low}, {high}]"));
            }
            if let Some(generated) = line.get("GenSaveLoss") {
                let off = difference(number(generated), number(&ours["GenSaveLoss"]));
                assert!(off <= Number::ONE, "{year} {aco}: generated {generated}, {ours:?}");
            }
            check_minimum_rate(year, line, ours);
            check_width(year, ours);
        }
        assert!(outside.len() <= outside_most, "{year}: {outside:#?}");
        assert!(close >= close_least, "{year}: {close} within a dollar");
        let expected: &[&str] = if year == 2023 { &["A1241", "A4627", "A5293"] } else { &[] };
        assert_eq!(named, expected, "{year}");
    }
}

/// The rate of the table, which agrees with the printed one to its last place.
fn check_minimum_rate(year: i64, line: &Line, ours: &Line) {
    let printed = &line["MinSavPerc"];
    let places = printed.trim_end_matches('%').split_once('.').map_or(0, |(_, p)| p.len());
    let places = u32::try_from(places).expect("few places");
    let mut unit = Number::last_place(places).expect("few places");
    let mut rate = number(printed);
    if printed.ends_with('%') || year == 2014 {
        let hundred = Number::whole(100);
        unit = unit.checked_div(hundred).expect("small");
        rate = rate.checked_div(hundred).expect("small");
    }
    let off = difference(rate, number(&ours["MinSavPerc"]));
    assert!(off <= unit, "{year} {}: minimum rate {printed}, {}", ours["ACO"], ours["MinSavPerc"]);
}

/// Printed scores have four places or more, and at most 75 percent of what they scale is shared;
/// amounts are printed to the dollar.
fn check_width(year: i64, ours: &Line) {
    if ours["Note"].contains("bound by the limit on revenue") {
        return;
    }
    let width = difference(number(&ours["High"]), number(&ours["Low"]));
    let share = Number::parse("0.000075").expect("a number");
    let allowed = number(&ours["GenSaveLoss"]).magnitude().checked_mul(share);
    let allowed = allowed.and_then(|width| width.checked_add(Number::whole(2)));
    assert!(width <= allowed.expect("small"), "{year}: {ours:?}");
}

fn outcomes_are_never_read(folder: &Path) {
    let contract = contract();
    for (year, ..) in YEARS {
        let csv = published(folder, year);
        let plain = settle(&contract, year, &csv);
        let body = csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&csv);
        let mut reader = csv::Reader::from_reader(body);
        let header = reader.byte_headers().expect("a heading").clone();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_byte_record(&header).expect("memory");
        for (record, ours) in reader.byte_records().zip(&plain) {
            let record = record.expect("a row");
            // The minimum rate is an input where the ACO chose it or CMS set it by case.
            let is_table = !ours["Note"].contains("minimum");
            let blanked: csv::ByteRecord = header
                .iter()
                .zip(record.iter())
                .map(|(name, cell)| {
                    let name = String::from_utf8_lossy(name);
                    let is_outcome = OUTCOMES.contains(&name.trim());
                    let blank = is_outcome || is_table && name.trim() == "MinSavPerc";
                    if blank { &b""[..] } else { cell }
                })
                .collect();
            writer.write_byte_record(&blanked).expect("memory");
        }
        let blanked = writer.into_inner().expect("memory");
        assert_eq!(settle(&contract, year, &blanked), plain, "{year}");
    }
}

fn rows_do_not_depend_on_each_others_order(folder: &Path) {
    let contract = contract();
    let csv = published(folder, 2018);
    let (mut facts, _) = contract.read_facts(2018, "facts", &csv);
    let forward = contract.settle(2018, &facts).expect("a year").to_csv().expect("memory");
    facts.rows.reverse();
    let backward = contract.settle(2018, &facts).expect("a year").to_csv().expect("memory");
    let mut backward = lines(&backward);
    backward.reverse();
    assert_eq!(lines(&forward), backward);
}

fn each_row_alone_comes_to_what_it_comes_to_in_its_file(folder: &Path) {
    let contract = contract();
    for (year, rows, ..) in YEARS {
        let csv = published(folder, year);
        let (facts, _) = contract.read_facts(year, "facts", &csv);
        let whole = contract.settle(year, &facts).expect("a year");
        let body = csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&csv);
        let mut reader = csv::Reader::from_reader(body);
        let header = reader.byte_headers().expect("a heading").clone();
        let mut alone = Vec::new();
        for record in reader.byte_records() {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_byte_record(&header).expect("memory");
            writer.write_byte_record(&record.expect("a row")).expect("memory");
            let csv = writer.into_inner().expect("memory");
            let (facts, problems) = contract.read_facts(year, "row", &csv);
            assert_eq!(problems, [], "{year}");
            alone.extend(contract.settle(year, &facts).expect("a year").lines);
        }
        assert_eq!(alone.len(), rows, "{year}");
        for (alone, whole) in alone.iter().zip(&whole.lines) {
            assert_eq!(alone.cells, whole.cells, "{year} row {}", whole.row);
            assert_eq!(alone.problems, whole.problems, "{year} row {}", whole.row);
        }
    }
}
