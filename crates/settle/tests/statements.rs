//! Statements open without facts or contract, sum to the cent, and part at a named place.

mod common;

use common::{ROWS, edited, facts, files, load};
use counterfoil_contract::{Contract, FactTable};
use counterfoil_settle::{
    Document, DocumentError, FactFile, RowStatement, Side, changes, compare, compare_facts,
    differences, result_term, statements,
};

fn settled(contract: &Contract, csv: &str) -> Vec<RowStatement> {
    let table = facts(contract, 2018, csv.as_bytes());
    let all = statements(contract, 2018, &table, "earned").expect("the year has its numbers");
    let problems: Vec<_> = all.iter().flat_map(|statement| &statement.problems).collect();
    assert!(problems.is_empty(), "{problems:?}");
    all
}

fn bars(statement: &RowStatement) -> String {
    let lines = statement.waterfall.iter().map(|step| {
        format!(
            "{:>14} {:>14} {} [{}]\n",
            step.amount_cents, step.level_cents, step.label, step.term
        )
    });
    lines.collect()
}

#[test]
fn the_result_is_the_last_amount_with_a_column() {
    let contract = load(&files());
    assert_eq!(result_term(&contract, None), Some("earned"));
    assert_eq!(result_term(&contract, Some("generated")), Some("generated"));
    assert_eq!(result_term(&contract, Some("savings_rate")), None);
}

#[test]
fn a_waterfall_leads_from_the_benchmark_to_the_payment() {
    let all = settled(&load(&files()), ROWS);
    insta::assert_snapshot!(bars(&all[0]), @r"
        10000000000    10000000000 benchmark [difference]
        -9500000000      500000000 expenditure [difference]
         -275000000      225000000 x sharing_rate [shared_savings]
           -4500000      220500000 x (100% - sequestration) [shared_savings]
        ");
    insta::assert_snapshot!(bars(&all[1]), @r"
        10000000000    10000000000 benchmark [difference]
        -7000000000     3000000000 expenditure [difference]
        -1500000000     1500000000 x sharing_rate [shared_savings]
          -30000000     1470000000 x (100% - sequestration) [shared_savings]
         -470000000     1000000000 limit: performance_payment_limit x benchmark [shared_savings]
        ");
    insta::assert_snapshot!(bars(&all[2]), @r"
        10000000000    10000000000 benchmark [difference]
        -9800000000      200000000 expenditure [difference]
         -200000000              0 generated: otherwise [generated]
        ");
    insta::assert_snapshot!(bars(&all[3]), @r"
         10000000000    10000000000 benchmark [difference]
        -10500000000     -500000000 expenditure [difference]
           300000000     -200000000 x loss_rate [loss_before_relief]
        ");
    insta::assert_snapshot!(bars(&all[4]), @r"
        10000000000    10000000000 benchmark [difference]
        -9500000000      500000000 expenditure [difference]
         -500000000              0 shared_savings: savings [shared_savings]
        ");
    for statement in &all {
        let result = statement.result.as_ref().expect("every row is settled");
        let sum: i64 = statement.waterfall.iter().map(|step| step.amount_cents).sum();
        assert_eq!(sum, result.amount_cents, "{}", statement.subject);
    }
}

#[test]
fn a_statement_opens_every_number_by_itself() {
    let all = settled(&load(&files()), ROWS);
    let document = all[0].clone().document();
    let read = Document::read(document.to_json().as_bytes()).expect("a statement");
    assert_eq!(read, document);
    let opened = read.statement.opened("earned");
    let told = opened.iter().map(|line| format!("{} {} = {}", line.number, line.term, line.value));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    17 earned = $2,205,000.00
    11 shared_savings = $2,205,000.00
    16 shared_losses = $0.00
    5 generated = $5,000,000.00
    10 sharing_rate = 45%
    15 loss_after_relief = $0.00
    2 difference = $5,000,000.00
    3 savings_rate = 5%
    4 minimum_rate = 3%
    9 quality_share = 90%
    7 reduced_savings = no
    14 limited_loss = $0.00
    13 stated_relief = $0.00
    1 one_sided = yes
    8 meets_standard = yes
    6 is_basic = no
    12 loss_before_relief = $0.00
    ");
    assert_eq!(
        opened[1].formula,
        "least($5,000,000.00 x 45% x (100% - 2%), 10% x $100,000,000.00) = $2,205,000.00, \
         because $5,000,000.00 > $0.00"
    );
    let number = opened[1].number.to_string();
    assert_eq!(read.statement.term(&number), Some(opened[1]));
    for (place, line) in read.statement.terms.iter().enumerate() {
        let before = |name: &str| read.statement.terms[..place].iter().any(|l| l.term == name);
        for input in &line.inputs {
            let is_term = read.statement.terms.iter().any(|l| l.term == input.name);
            assert!(!is_term || before(&input.name), "{} rests on {}", line.term, input.name);
        }
    }
}

#[test]
fn a_changed_statement_is_refused() {
    let document = settled(&load(&files()), ROWS)[0].clone().document();
    let json = document.to_json();
    let amount = document.statement.result.as_ref().expect("a result").amount_cents.to_string();
    let changed = json.replacen(&amount, "999999999", 1);
    assert_eq!(Document::read(changed.as_bytes()), Err(DocumentError::Changed));
    let other = json.replacen("settlement/1", "settlement/2", 1);
    assert!(matches!(Document::read(other.as_bytes()), Err(DocumentError::OtherForm(_))));
    assert!(matches!(Document::read(b"{}"), Err(DocumentError::NotAStatement(_))));
    assert!(matches!(Document::read(b"\xff"), Err(DocumentError::NotAStatement(_))));
}

#[test]
fn the_order_of_rows_and_columns_does_not_reach_a_statement() {
    let contract = load(&files());
    let forward = settled(&contract, ROWS);
    let mut lines: Vec<&str> = ROWS.lines().collect();
    lines[1..].reverse();
    let mut swapped = String::new();
    for line in lines {
        let (id, rest) = line.split_once(',').expect("columns");
        swapped.push_str(&format!("{rest},{id}\n"));
    }
    let mut backward = settled(&contract, &swapped);
    backward.reverse();
    assert_eq!(forward.len(), 5);
    for (one, other) in forward.into_iter().zip(backward) {
        assert_eq!(one.document().to_json(), other.document().to_json());
    }
}

#[test]
fn two_statements_part_at_a_named_fact_or_clause() {
    let contract = load(&files());
    let ours = settled(&contract, ROWS);
    assert_eq!(compare(&ours[0], &ours[0].clone()), None);
    let theirs = settled(
        &contract,
        &ROWS.replace("95,000,000\",\"10,000\",0.9000,1", "95,000,001\",\"10,000\",0.9000,1"),
    );
    let parting = compare(&ours[0], &theirs[0]).expect("a fact differs");
    assert_eq!(parting.sentence(), "fact expenditure: $95,000,000.00 and $95,000,001.00");
    let amended = load(&edited("contract.md", "(100% - sequestration)", "(99% - sequestration)"));
    let theirs = settled(&amended, ROWS);
    let parting = compare(&ours[0], &theirs[0]).expect("a clause differs");
    assert_eq!(
        parting.sentence(),
        "term shared_savings, clause '7. Shared savings': $2,205,000.00 and $2,182,500.00"
    );
    let parting = compare(&ours[2], &theirs[2]).expect("another contract");
    assert_eq!(parting.kind, "contract");
    assert_eq!(compare(&ours[0], &ours[1]).expect("others").kind, "subject");
}

#[test]
fn a_file_of_facts_parts_at_a_row_and_column() {
    let contract = load(&files());
    let table = |csv: &str| -> FactTable { facts(&contract, 2018, csv.as_bytes()) };
    let ours = table(ROWS);
    let told = |csv: &str| -> Vec<String> {
        let one = FactFile { bytes: ROWS.as_bytes(), table: &ours };
        let other = FactFile { bytes: csv.as_bytes(), table: &table(csv) };
        compare_facts(&contract, one, other).iter().map(|parting| parting.sentence()).collect()
    };
    assert_eq!(told(ROWS), Vec::<String>::new());
    insta::assert_snapshot!(
        told(&ROWS.replace("105,000,000", "105,000,007")).join("\n"),
        @"A1004 (row 4, column ABtotExp), fact expenditure: $105,000,000.00 and $105,000,007.00"
    );
    insta::assert_snapshot!(
        told(&ROWS.replace("A1004,3", "A1004,2")).join("\n"),
        @"A1004 (row 4), fact track: track_3 and track_2"
    );
    insta::assert_snapshot!(told(&ROWS.replace("A1004", "A1014")).join("\n"), @r"
        A1004 (row 4) is in the one file only
        A1014 (row 4) is in the other file only
        ");
    insta::assert_snapshot!(
        told(&ROWS.replace("1.0000,1", "1.0000,")).join("\n"),
        @"A1002 (row 2, column Met_QPS), fact standard_met: yes and not given"
    );
}

#[test]
fn a_restatement_shows_what_the_new_facts_change() {
    let contract = load(&files());
    let old = facts(&contract, 2018, ROWS.as_bytes());
    let csv = ROWS.replace("A1001,1,1/1/2018,\"100,000,000\"", "A1001,1,1/1/2018,\"100,000,100\"");
    let new = facts(&contract, 2018, csv.as_bytes());
    let side = |facts| Side { contract: &contract, year: 2018, facts, result: "earned" };
    let found = differences(side(&old), side(&new)).expect("a year");
    assert_eq!(found.rows.len(), 1);
    let row = &found.rows[0];
    assert_eq!((row.old_cents, row.new_cents), (Some(220_500_000), Some(220_504_410)));
    assert_eq!((row.difference_cents, found.provider_difference_cents), (4_410, 4_410));
    assert_eq!(found.payer_difference_cents, -4_410);
    assert_eq!(row.parting.as_ref().map(|p| p.name.as_str()), Some("benchmark"));
    assert_eq!((found.rows_of_same_amount, found.rows_without_amount), (4, 0));
    let same = differences(side(&old), side(&old)).expect("a year");
    assert_eq!((same.rows.len(), same.rows_of_same_amount), (0, 5));
}

#[test]
fn an_amendment_is_told_in_words_and_in_cents() {
    let (old_files, old) = (files(), load(&files()));
    let mut new_files = edited("params/2018.toml", "value = \"2%\"", "value = \"1%\"");
    let text = String::from_utf8(new_files["contract.md"].clone()).expect("UTF-8");
    let text = text
        .replacen("The difference between the updated", "The gap between the updated", 1)
        .replacen(
            "term lesser_risk: flag = track is one of",
            "term lesser_risk: flag = track is one of enhanced,",
            1,
        )
        .replacen("## 10. Result", "## 11. Result", 1);
    new_files.insert("contract.md".to_owned(), text.into_bytes());
    new_files.remove("cases/good/relief.toml");
    let new = load(&new_files);
    let told: Vec<String> =
        changes((&old, &old_files), (&new, &new_files)).iter().flat_map(|c| c.lines()).collect();
    let told: Vec<String> = told.iter().map(|line| line.chars().take(80).collect()).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
        clause '10. Result' is now called '11. Result'
        clause '2. Savings and losses': the words changed
          - The difference between the updated benchmark and the expenditures of the per
          + The gap between the updated benchmark and the expenditures of the performanc
        clause '1. Risk models': term lesser_risk changed
          - term lesser_risk: flag = track is one of track_1_plus, basic_c, basic_d, bas
          + term lesser_risk: flag = track is one of enhanced, track_1_plus, basic_c, ba
        2018: sequestration: 2% to 1% (Budget Control Act of 2011, 2 U.S.C. 901a: 2 perc
        file cases/good/relief.toml removed
        ");
    assert_eq!(changes((&old, &old_files), (&old, &old_files)), []);
    let table = facts(&old, 2018, ROWS.as_bytes());
    let side = |contract| Side { contract, year: 2018, facts: &table, result: "earned" };
    let found = differences(side(&old), side(&new)).expect("a year");
    let rows: Vec<_> = found.rows.iter().map(|row| (&*row.subject, row.difference_cents)).collect();
    assert_eq!(rows, [("A1001", 2_250_000)]);
    let parting = found.rows[0].parting.as_ref().expect("a term parts");
    assert_eq!((parting.kind, &*parting.name), ("term", "shared_savings"));
}
