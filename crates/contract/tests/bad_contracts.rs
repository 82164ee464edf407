//! What a contract manager is told about contracts that are wrong: each message is pinned.

use counterfoil_contract::{Contract, ContractFiles, Problem};

/// A name, the terms of the contract, and the other files of its folder.
type Bad = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const YEAR: &[(&str, &str)] = &[("params/2024.toml", "")];

/// Contracts whose one block of terms is wrong.
const TERMS: [Bad; 34] = [
    (
        "two_rules_at_once",
        "fact visits: count at least 0\n\
         term fee: money\n  rule low when visits <= 10: $5\n  rule high when visits >= 10: $7\n",
        YEAR,
    ),
    (
        "two_rules_that_touch",
        "fact saved: rate\nfact least_rate: rate at least 0%\n\
         term share: rate\n  rule gain when saved >= least_rate: saved\n  \
         rule loss when saved <= -least_rate: saved\n  otherwise: 0%\n",
        YEAR,
    ),
    (
        "two_rules_by_code",
        "fact site: one of office, hospital, home\n\
         term fee: money\n  rule outside when site is one of office, home: $5\n  \
         rule not_home when site is not home: $7\n  otherwise: $0\n",
        YEAR,
    ),
    (
        "missing_case",
        "fact visits: count at least 0\n\
         term fee: money\n  rule few when visits < 10: $5\n  rule many when visits > 10: $7\n",
        YEAR,
    ),
    (
        "missing_code",
        "fact site: one of office, hospital, home\n\
         term fee: money\n  rule office when site is office: $5\n  \
         rule home when site is home: $7\n",
        YEAR,
    ),
    (
        "rule_never_met",
        "fact share: rate at least 0% at most 100%\n\
         term bonus: money\n  rule more when share > 100%: $5\n  otherwise: $0\n",
        YEAR,
    ),
    (
        "rule_always_overridden",
        "fact visits: count\n\
         term fee: money\n  rule many when visits > 20: $5\n  \
         rule some, exception to many, when visits > 10: $7\n  otherwise: $0\n",
        YEAR,
    ),
    ("circular", "term a: money = b\nterm b: money = c + $1\nterm c: money = a\n", YEAR),
    (
        "circular_exception",
        "fact n: count\nterm a: money\n  rule x, exception to y, when n > 1: $1\n  \
         rule y, exception to x, when n > 2: $2\n  otherwise: $0\n",
        YEAR,
    ),
    ("unknown_name", "fact benchmark: money\nterm pay: money = benchmrak\n", YEAR),
    ("unknown_function", "fact a: money\nterm pay: money = minimum(a, $5)\n", YEAR),
    ("unknown_code", "fact site: one of office, home\nterm far: flag = site is hoem\n", YEAR),
    ("unknown_type", "fact a: dollars\nterm b: flag = a > 0\n", YEAR),
    (
        "money_plus_members",
        "fact cost: money\nfact members: member_months\nterm total: money = cost + members\n",
        YEAR,
    ),
    ("money_without_dollar", "fact cost: money\nterm high: flag = cost > 1,000\n", YEAR),
    (
        "money_where_a_rate_is_declared",
        "fact cost: money\nfact members: member_months above 0\n\
         term share: rate = cost / members\n",
        YEAR,
    ),
    (
        "division_by_zero_members",
        "fact cost: money\nfact members: member_months at least 0\n\
         term each: money per member_months = cost / members\n",
        YEAR,
    ),
    (
        "division_guarded_wrongly",
        "fact cost: money\nfact members: member_months\n\
         term each: money per member_months\n  rule some when members >= 0: cost / members\n  \
         otherwise: $0 / 1 member_months\n",
        YEAR,
    ),
    (
        "table_with_gap",
        "fact n: count at least 1\ntable rate_by_size(n: count): rate, stepped\n  \
         from 1 to 10: 5%\n  from 12: 4%\nterm r: rate = rate_by_size(n)\n",
        YEAR,
    ),
    (
        "table_with_overlap",
        "fact n: count at least 1\ntable rate_by_size(n: count): rate, stepped\n  \
         from 1 to 10: 5%\n  from 10: 4%\nterm r: rate = rate_by_size(n)\n",
        YEAR,
    ),
    (
        "outside_table",
        "fact n: count at least 0\ntable rate_by_size(n: count): rate, stepped\n  \
         from 5,000 to 9,999: 5%\nterm r: rate = rate_by_size(n)\n",
        YEAR,
    ),
    (
        "stepped_table_with_slope",
        "fact n: count at least 1\ntable rate_by_size(n: count): rate, stepped\n  \
         from 1 to 10: 5% to 4%\n  from 11: 4%\nterm r: rate = rate_by_size(n)\n",
        YEAR,
    ),
    ("declared_twice", "fact a: money\nterm a: money = $1\n", YEAR),
    ("word_of_the_language_as_name", "fact rule: money\nterm b: money = $1\n", YEAR),
    (
        "optional_fact_unguarded",
        "fact relief: money optional\nterm pay: money = $10 + relief\n",
        YEAR,
    ),
    ("rounding_without_name", "fact a: money\nterm b: money = round(a, nearest, $0.01)\n", YEAR),
    ("colon_missing", "fact a: money\nterm b: money\n  rule x when a > $1 $5\n", YEAR),
    ("text_missing", "fact a: money\nterm b: money = a\nnote n when a > $1: large\n", YEAR),
    ("flag_in_arithmetic", "fact met: flag\nterm b: money = $5 * met\n", YEAR),
    ("codes_have_no_order", "fact site: one of a, b\nterm c: flag = site < \"b\"\n", YEAR),
    (
        "unused_declaration",
        "fact a: money\nfact b: money\nterm c: money = a\ncolumn \"C\" = c\n",
        YEAR,
    ),
    ("unreadable_character", "fact a: money\nterm b: money = a × 2\n", YEAR),
    ("day_that_does_not_exist", "fact a: date\nterm b: flag = a > 2023-02-29\n", YEAR),
    ("least_of_a_flag", "fact a: flag\nterm b: flag = not a\ncolumn \"B\" = lowest b\n", YEAR),
];

const PRICED: &str = "fact site: one of office, home\nparameter fee by site: money\n\
                      term pay: money = fee\n";

/// Contracts whose terms are right and whose other files are wrong.
const FILES: [Bad; 12] = [
    ("no_year", "fact a: money\nterm b: money = a\n", &[]),
    ("year_misnamed", "fact a: money\nterm b: money = a\n", &[("params/last.toml", "")]),
    ("parameter_not_stated", PRICED, YEAR),
    (
        "code_not_stated",
        PRICED,
        &[("params/2024.toml", "[fee]\ncitation = \"Schedule A\"\noffice = \"$5\"\n")],
    ),
    (
        "parameter_without_citation",
        PRICED,
        &[("params/2024.toml", "[fee]\noffice = \"$5\"\nhome = \"$6\"\n")],
    ),
    (
        "parameter_as_float",
        PRICED,
        &[("params/2024.toml", "[fee]\ncitation = \"Schedule A\"\noffice = 5.25\nhome = \"$6\"\n")],
    ),
    (
        "parameter_misspelt",
        PRICED,
        &[(
            "params/2024.toml",
            "[fee]\ncitation = \"Schedule A\"\noffice = \"$5\"\nhome = \"$6\"\n[fees]\n",
        )],
    ),
    ("not_toml", PRICED, &[("params/2024.toml", "[fee\noffice = 5")]),
    (
        "fact_without_column",
        "fact a: money\nterm b: money = a\n",
        &[("params/2024.toml", ""), ("facts.toml", "blank = [\"-\"]\n")],
    ),
    (
        "outcome_read_as_fact",
        "fact a: money\nterm b: money = a\n",
        &[
            ("params/2024.toml", ""),
            ("facts.toml", "never_read = [\"Paid\"]\n[fact.a]\ncolumns = [\"Paid\"]\n"),
        ],
    ),
    (
        "case_that_expects_nothing",
        "fact a: money\nterm b: money = a\n",
        &[
            ("params/2024.toml", ""),
            ("cases/good/one.toml", "title = \"One\"\nyear = 2024\n[facts]\na = \"$1\"\n"),
        ],
    ),
    (
        "case_with_unknown_fact",
        "fact cost: money\nterm b: money = cost\n",
        &[
            ("params/2024.toml", ""),
            (
                "cases/good/one.toml",
                "title = \"One\"\nyear = 2024\n[facts]\ncots = \"$1\"\n[expect]\nb = \"$1\"\n",
            ),
        ],
    ),
];

fn show(files: &ContractFiles, problems: &[Problem]) -> String {
    let text = |problem: &Problem| {
        files.get(&problem.file).map_or_else(String::new, |b| String::from_utf8_lossy(b).into())
    };
    let shown = problems.iter().take(3).map(|problem| problem.show(&text(problem)));
    shown.collect::<Vec<_>>().join("\n\n")
}

/// The files of a contract of one clause.
fn folder(terms: &str, others: &[(&str, &str)]) -> ContractFiles {
    let text = format!("# Bad\n\n## 1. Clause\n\n```terms\ncontract bad\n{terms}```\n");
    let mut files = ContractFiles::from([("contract.md".to_owned(), text.into_bytes())]);
    for (name, content) in others {
        files.insert((*name).to_owned(), content.as_bytes().to_vec());
    }
    files
}

fn pin(name: &str, files: &ContractFiles) {
    let (_, problems) = Contract::load(files);
    assert!(!problems.is_empty(), "{name} was let through");
    insta::assert_snapshot!(name, show(files, &problems));
}

#[test]
fn wrong_terms_are_explained() {
    for (name, terms, others) in TERMS {
        pin(name, &folder(terms, others));
    }
}

#[test]
fn wrong_files_are_explained() {
    for (name, terms, others) in FILES {
        pin(name, &folder(terms, others));
    }
}

#[test]
fn wrong_texts_are_explained() {
    let text = |text: &[u8]| ContractFiles::from([("contract.md".to_owned(), text.to_vec())]);
    pin("no_contract", &ContractFiles::new());
    pin("no_terms", &text(b"# A contract\n\nWords only.\n"));
    pin("no_name", &text(b"# A\n```terms\nfact a: money\nterm b: money = a\n```\n"));
    pin("block_not_closed", &text(b"# A\n\n```terms\ncontract a\nterm b: money = $1\n"));
    pin("not_utf_8", &text(b"# Vertr\xE4ge\n\n```terms\ncontract a\n```\n"));
    pin("ten_megabytes", &text(&vec![b'a'; 10 << 20]));
    let nested = format!("term a: money = {}$1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    pin("hostile_nesting", &folder(&nested, YEAR));
    let chain = format!("term a: money = $1{}\n", " + $1".repeat(50_000));
    pin("hostile_chain", &folder(&chain, YEAR));
    let mut terms = "term t0: money = $1\n".to_owned();
    for index in 1..200 {
        let before = index - 1;
        terms += &format!("term t{index}: money = t{before} + t{before}\n");
    }
    pin("long_chain_of_terms", &folder(&terms, YEAR));
}

#[test]
fn wrong_facts_are_explained() {
    let mapping = "[fact.cost]\ncolumns = [\"Total_Cost\"]\n";
    let files = folder(
        "fact cost: money at least $0\nterm pay: money = cost\ncolumn \"Pay\" = pay\n",
        &[("params/2024.toml", ""), ("facts.toml", mapping)],
    );
    let (contract, problems) = Contract::load(&files);
    assert_eq!(problems, []);
    let (_, problems) = contract.read_facts(2024, "facts.csv", b"Row,Total_Csot\n1,5\n");
    insta::assert_snapshot!("unknown_column", show(&files, &problems));
    let problem = contract.parameters(2023).expect_err("no such year");
    insta::assert_snapshot!("year_without_numbers", show(&files, &[*problem]));
    let (facts, problems) =
        contract.read_facts(2024, "facts.csv", b"Total_Cost\n5\nfive\n-1\n\n\"1,000.50\"\n");
    assert_eq!(problems, []);
    let statement = contract.settle(2024, &facts).expect("a year");
    let findings: Vec<String> =
        statement.findings().map(|(row, f)| format!("{row}: {} {}", f.code, f.message)).collect();
    insta::assert_snapshot!("cells_that_cannot_be_read", findings.join("\n"));
    let csv = statement.to_csv().expect("memory");
    assert_eq!(String::from_utf8_lossy(&csv), "Pay\n5.00\n\"\"\n\"\"\n1000.50\n");
}
