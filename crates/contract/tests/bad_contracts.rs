//! What a contract manager is told about contracts that are wrong: each message is pinned.

use counterfoil_contract::{Contract, ContractFiles, Problem};

/// A name, the terms of the contract, and the other files of its folder.
type Bad = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const YEAR: &[(&str, &str)] = &[("params/2024.toml", "")];

/// Contracts whose one block of terms is wrong.
const TERMS: [Bad; 40] = [
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
    (
        "codes_by_equality",
        "fact site: one of office, hospital, home\nterm fee: money\n  \
         rule home when site = \"home\": $5\n  rule far when site is not office: $7\n  \
         otherwise: $0\n",
        YEAR,
    ),
    (
        "code_of_a_conditional",
        "fact site: one of office, home\nfact other: one of office, home\nfact moved: flag\n\
         term fee: money\n  rule home when (if moved then other else site) is home: $5\n",
        YEAR,
    ),
    (
        "and_is_not_or",
        "fact a: flag\nfact b: flag\nfact x: money\nfact y: money\nterm fee: money\n  \
         rule one when (if a and b then x else y) > $5: $1\n  \
         rule two when not ((if a or b then x else y) > $5): $2\n  otherwise: $0\n",
        YEAR,
    ),
    (
        "table_of_codes_by_days",
        "fact day: date\ntable tier(day: date): code, stepped\n  \
         from 2019-01-01 to 2020-01-01: \"low\"\n  from 2020-01-01: \"high\"\n\
         term b: code = tier(day)\n",
        YEAR,
    ),
    (
        "counted_table_by_a_fraction",
        "fact n: count at least 0\ntable rate_by_size(n: count): rate, stepped\n  \
         from 0 to 9: 1%\n  from 10: 2%\nterm r: rate = rate_by_size(n * 50%)\n",
        YEAR,
    ),
    ("values_without_blanks", "fact x: count\nterm t: count = least(5,100,x)\n", YEAR),
    ("least_of_a_flag", "fact a: flag\nterm b: flag = not a\ncolumn \"B\" = lowest b\n", YEAR),
];

const PRICED: &str = "fact site: one of office, home\nparameter fee by site: money\n\
                      term pay: money = fee\n";

/// Contracts whose terms are right and whose other files are wrong.
const FILES: [Bad; 17] = [
    ("no_year", "fact a: money\nterm b: money = a\n", &[]),
    ("year_misnamed", "fact a: money\nterm b: money = a\n", &[("params/last.toml", "")]),
    (
        "year_in_two_files",
        "fact a: money\nterm b: money = a\n",
        &[("params/2024.toml", ""), ("params/02024.toml", ""), ("params/+2024.toml", "")],
    ),
    (
        "parameter_with_another_point",
        "parameter fee: money\nterm b: money = fee\n",
        &[("params/2024.toml", "[fee]\nvalue = \"$1.234,56\"\ncitation = \"Schedule A\"\n")],
    ),
    (
        "parameter_with_unknown_key",
        "parameter fee: money\nterm b: money = fee\n",
        &[(
            "params/2024.toml",
            "[fee]\nvalue = \"$5\"\nvaleu = \"$9\"\ncitation = \"Schedule A\"\n",
        )],
    ),
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
        "case_with_a_fact_out_of_bounds",
        "fact share: rate at most 100%\nterm b: rate = share\n",
        &[
            ("params/2024.toml", ""),
            (
                "cases/good/one.toml",
                "title = \"One\"\nyear = 2024\n[facts]\nshare = \"150%\"\n[expect]\nb = \"150%\"\n",
            ),
        ],
    ),
    (
        "case_with_half_a_visit",
        "fact visits: count\nterm b: count = visits\n",
        &[
            ("params/2024.toml", ""),
            (
                "cases/good/one.toml",
                "title = \"One\"\nyear = 2024\n[facts]\nvisits = \"2.5\"\n[expect]\nb = \"2.5\"\n",
            ),
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

/// Whether an odd number of flags is set: each rule meets every combination of them.
fn odd_flags() -> String {
    let mut terms = "fact n: count\nfact f0: flag\nterm x0: flag = f0\n".to_owned();
    for index in 1..9 {
        let before = index - 1;
        terms += &format!(
            "fact f{index}: flag\n\
             term x{index}: flag = if x{before} then not f{index} else f{index}\n"
        );
    }
    terms += "term t: money\n";
    for index in 0..8 {
        terms += &format!("  rule r{index} when x8 and n = {index}: ${index}\n");
    }
    terms + "  otherwise: $0\n"
}

/// What is just shallow enough is computed and explained on a small stack.
#[test]
fn the_deepest_contract_is_computed() {
    let mut terms = "fact x: rate\nterm t0: rate = x\n".to_owned();
    for index in 1..=5 {
        let (ones, zeros) = (" * 1".repeat(98), " + 0".repeat(99));
        terms += &format!("term t{index}: rate = t{}{ones}{zeros}\n", index - 1);
    }
    terms += "column \"T\" = t5\ncolumn \"Low\" = lowest t5\n";
    let mapping = "[fact.x]\ncolumns = [\"X\"]\n";
    let files = folder(&terms, &[("params/2024.toml", ""), ("facts.toml", mapping)]);
    let (contract, problems) = Contract::load(&files);
    assert_eq!(show(&files, &problems), "");
    let (facts, _) = contract.read_facts(2024, "facts.csv", b"X\n0.25\n");
    let statement = contract.settle(2024, &facts).expect("a year");
    assert_eq!(statement.lines[0].cells, ["0.25", "0.245"]);
    let steps = contract.explain(2024, &facts, &facts.rows[0], "t5").expect("it is there");
    assert_eq!(steps.len(), 6);
}

/// Terms that are right, although a shallow look at them finds fault.
#[test]
fn right_terms_are_let_through() {
    for terms in [
        "fact visits: count at least 0\nfact start: date\nterm fee: money\n  \
         rule few when visits <= 10: $5\n  rule many when visits >= 11: $7\n\
         term aged: money\n  rule old when start <= 2019-12-31: $5\n  \
         rule new when start >= 2020-01-01: $7\n",
        "fact site: one of office, hospital, home\nterm fee: money\n  \
         rule home when site = \"home\": $1\n  rule office when \"office\" = site: $2\n  \
         rule other when site <> \"home\" and site <> \"office\": $3\n",
        "fact site: one of office, home\nfact other: one of office, home\nfact moved: flag\n\
         term fee: money\n  rule away when (if moved then other else site) is not home: $1\n  \
         rule home when (if moved then other else site) is home: $2\n",
        "fact n: count at least 0\ntable rate_by_size(n: count): rate, stepped\n  \
         from 0 to 9: 1%\n  from 10: 2%\nterm half: count, rounded down to 1 = n * 50%\n\
         term r: rate = rate_by_size(half)\nterm s: rate = rate_by_size(n + 1)\n",
        "fact home: flag\nfact site: one of office, home\nterm a: flag = site is home\n\
         term fee: money\n  rule one when a and home: $1\n  rule two when a and not home: $2\n  \
         rule three when not a: $3\n",
    ] {
        let files = folder(terms, YEAR);
        let (_, problems) = Contract::load(&files);
        assert_eq!(show(&files, &problems), "", "{terms}");
    }
}

#[test]
fn wrong_texts_are_explained() {
    let text = |text: &[u8]| ContractFiles::from([("contract.md".to_owned(), text.to_vec())]);
    pin("no_contract", &ContractFiles::new());
    pin("no_terms", &text(b"# A contract\n\nWords only.\n"));
    pin("no_name", &text(b"# A\n```terms\nfact a: money\nterm b: money = a\n```\n"));
    pin("block_not_closed", &text(b"# A\n\n```terms\ncontract a\nterm b: money = $1\n"));
    pin(
        "hidden_block",
        &text(
            b"# A\n```terms\ncontract a\nterm b: money = $1\n```\n\n<!--\n```terms\n\
              term c: money = b * 90%\n```\n-->\n\n~~~\nx\n~~~\n\n    ```terms\n    a\n    ```\n",
        ),
    );
    pin("block_misspelt", &text(b"# A\n\n```Terms\ncontract a\nterm b: money = $1\n```\n"));
    pin("not_utf_8", &text(b"# Vertr\xE4ge\n\n```terms\ncontract a\n```\n"));
    pin("ten_megabytes", &text(&vec![b'a'; 10 << 20]));
    let nested = format!("term a: money = {}$1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    pin("hostile_nesting", &folder(&nested, YEAR));
    let chain = format!("term a: money = $1{}\n", " + $1".repeat(50_000));
    pin("hostile_chain", &folder(&chain, YEAR));
    for (name, levels, terms) in [("deep_expression", 20, 1), ("deep_chain_of_terms", 1, 55)] {
        let mut text = "fact x: rate\nterm t0: rate = x\n".to_owned();
        for index in 1..=terms {
            let mut formula = format!("t{}", index - 1);
            for _ in 0..levels {
                formula = format!("({formula}{}{})", " * 1".repeat(99), " + 0".repeat(99));
            }
            text += &format!("term t{index}: rate = {formula}\n");
        }
        pin(name, &folder(&text, YEAR));
    }
    let product = ["n"; 100].join(" * ");
    let gift = format!(
        "fact n: count\nterm t: money\n  rule gift when (({product}) * ({product})) > 0: $9\n  \
         otherwise: $0\n"
    );
    pin("unit_without_end", &folder(&gift, YEAR));
    let mut rules = "fact x: count\nterm t: money\n".to_owned();
    for index in 0..501 {
        rules += &format!("  rule r{index} when x > {index} and x <= {index} + 1: ${index}\n");
    }
    pin("too_many_rules", &folder(&(rules + "  otherwise: $0\n"), YEAR));
    let mut tangle = "".to_owned();
    for index in 0..12 {
        tangle += &format!("fact f{index}: one of a, b, c, d\n");
    }
    tangle += "term t: money\n";
    for index in 0..60 {
        let (one, two, three) = (index % 12, (index * 5 + 1) % 12, (index * 7 + 2) % 12);
        tangle += &format!(
            "  rule r{index} when (f{one} is a or f{two} is b) and (f{three} is c or f{one} is d) \
             and (f{two} is c or f{three} is a): ${index}\n"
        );
    }
    pin("rules_in_a_tangle", &folder(&tangle, YEAR));
    pin("rules_that_cannot_be_followed", &folder(&odd_flags(), YEAR));
    let mut unused: String = (0..205).map(|i| format!("fact u{i}: code optional\n")).collect();
    unused += "fact pay: money\nterm t: money = pay\ncolumn \"T\" = t\n";
    let mapping = "never_read = [\"Paid\"]\n[fact.pay]\ncolumns = [\"Paid\"]\n";
    let files = folder(&unused, &[("params/2024.toml", ""), ("facts.toml", mapping)]);
    pin("error_among_many_warnings", &files);
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

/// A contract in which an optional relief and an optional flag decide what is owed.
fn optional_facts() -> Contract {
    let terms = "fact id: code\nfact loss: money\nfact relief: money optional\n\
                 fact met: flag optional\nfact share: rate on_demand\n\
                 term relieved: money = if given(relief) then relief else $0\n\
                 term owed: money\n  rule none when given(met) and met: $0\n  \
                 rule part when not given(met): (loss - relieved) * share\n  \
                 rule all when given(met) and not met: loss - relieved\n\
                 column \"Id\" = id\ncolumn \"Owed\" = owed\n";
    let mapping = "[fact.id]\ncolumns = [\"Id\"]\n[fact.loss]\ncolumns = [\"Loss\"]\n\
                   [fact.relief]\ncolumns = [\"Relief\"]\n[fact.met]\ncolumns = [\"Met\"]\n\
                   [fact.share]\ncolumns = [\"Share\"]\n[[fact.share.spelling]]\n\
                   percent = \"by_column\"\n";
    let files = folder(terms, &[("params/2024.toml", ""), ("facts.toml", mapping)]);
    let (contract, problems) = Contract::load(&files);
    assert_eq!(problems, []);
    contract
}

/// The lines of the statement, and what is told of its rows.
fn settled(contract: &Contract, csv: &str) -> (String, Vec<String>) {
    let (facts, problems) = contract.read_facts(2024, "facts.csv", csv.as_bytes());
    if let Some(problem) = problems.first() {
        return (
            String::new(),
            vec![format!("{} {}", problem.finding.code, problem.finding.message)],
        );
    }
    let statement = contract.settle(2024, &facts).expect("a year");
    let told = statement.findings().map(|(row, f)| format!("{row}: {} {}", f.code, f.message));
    let csv = statement.to_csv().expect("memory");
    (String::from_utf8(csv).expect("UTF-8"), told.collect())
}

#[test]
fn what_cannot_be_read_is_never_taken_as_left_out() {
    let contract = optional_facts();
    let (csv, told) = settled(
        &contract,
        "Id,Loss,Relief,Met,Share\na,1000,,no,\nb,1000,n/k,no,\nc,1000,200,Nein,\n\
         d,1000,n/k,yes,\ne,1000,200,no,5.5\nf,1000,200,,\ng,1000,200,,half\n",
    );
    // Row d owes nothing whatever its relief is; row e needs no share.
    assert_eq!(
        csv,
        "Id,Owed\na,1000\nb,\nc,\nd,0\ne,800\nf,\ng,\n"
            .replace("00\n", "00.00\n")
            .replace("d,0\n", "d,0.00\n")
    );
    insta::assert_snapshot!("cells_that_are_not_left_out", told.join("\n"));
    let (facts, _) = contract.read_facts(
        2024,
        "facts.csv",
        b"Id,Loss,Relief,Met,Share\na,1000,n/k,no,\nb,1000,,no,\n",
    );
    let prices = contract.price(2024, &facts, "owed").expect("a year");
    assert!(prices[0].is_err() && prices[1].is_ok(), "{prices:?}");
}

#[test]
fn rows_whose_cells_stand_under_other_headings_are_refused() {
    let contract = optional_facts();
    let heading = "Id,Loss,Relief,Met,Share\n";
    for (name, rows, lines) in [
        ("cell_missing", "a,1000,200,no\nb,1000,200,no,\n", 2),
        ("cell_too_many", "a,1000,200,no,,\nb,Good,LLC,1000,200,no,\n", 2),
        ("quote_around_lines", "\"a,1000,,no,\nb\",1000,,no,\nc,\"\n\",1000,,no,\n", 3),
        ("quote_not_closed", "a,1000,,no,\n\"b,1000,,no,\nc,1000,,no,\n", 0),
        ("quote_closed_elsewhere", "a,1000,,no,\n\"b,1000,,no,\nc,\"Good\",,no,\n", 0),
    ] {
        let (csv, told) = settled(&contract, &format!("{heading}{rows}"));
        assert_eq!(csv.lines().skip(1).count(), lines, "{name}: {csv}");
        insta::assert_snapshot!(name, format!("{csv}{}", told.join("\n")));
    }
}

/// Cells of a fact, by its type, that are no number there.
#[test]
fn numbers_are_read_in_one_way_or_not_at_all() {
    for (kind, good, bad) in [
        (
            "money",
            &["1,234.56", "$1,234.56", "-$3", "($3.00)", "(3)", "-3", ".5"][..],
            &["1.234,56", "12,5", "(-3)", "-(3)", "$-3", "3%", "1,23", "+3", "1e3", "3-"][..],
        ),
        ("rate", &["0.5", "50%", "-2.5%"][..], &["$5", "12,5", "5%%", "50 percent"][..]),
        ("count", &["5,000", "5000"][..], &["$5", "2.5", "5%", "50,00", "5.000,0"][..]),
    ] {
        let terms = format!("fact a: {kind}\nterm b: {kind} = a\ncolumn \"B\" = b\n");
        let files = folder(
            &terms,
            &[("params/2024.toml", ""), ("facts.toml", "[fact.a]\ncolumns = [\"A\"]\n")],
        );
        let (contract, problems) = Contract::load(&files);
        assert_eq!(problems, []);
        for (cells, is_good) in [(good, true), (bad, false)] {
            for cell in cells {
                let csv = format!("A\n\"{cell}\"\n");
                let (facts, _) = contract.read_facts(2024, "facts.csv", csv.as_bytes());
                let price = contract.price(2024, &facts, "b").expect("a year");
                assert_eq!(price[0].is_ok(), is_good, "{kind} {cell}: {price:?}");
            }
        }
    }
}

#[test]
fn a_rate_is_never_read_by_what_other_rows_hold() {
    let contract = optional_facts();
    let owed = |rows: &str| settled(&contract, &format!("Id,Loss,Relief,Met,Share\n{rows}")).0;
    let (percent, fraction) = ("a,1000,0,,2.5\n", "b,1000,0,,0.5\n");
    assert_eq!(owed(percent), "Id,Owed\na,25.00\n");
    assert_eq!(owed(&format!("{percent}{fraction}")), "Id,Owed\na,25.00\nb,5.00\n");
    // Alone the second row does not show what it means, and with a sign beside it neither.
    assert_eq!(owed(fraction), "Id,Owed\nb,\n");
    assert_eq!(owed(&format!("c,1000,0,,2%\n{fraction}")), "Id,Owed\nc,20.00\nb,\n");
}
