//! Nothing from outside panics, and what printed numbers leave open encloses every true number.

use counterfoil_contract::{Contract, ContractFiles, FactValue, Number, Value};
use proptest::prelude::*;
use std::path::Path;
use std::sync::OnceLock;

/// A contract that uses every part of the language.
const TERMS: &str = r#"# Every part

## 1. All of it

```terms
contract every_part
fact id: code
fact site: one of office, home
fact start: date
fact cost: money at least $0
fact members: member_months above 0
fact size: count at least 1
fact score: rate at least 0% at most 100% optional
parameter fee by site: money
table share(size: count): rate, linear
  from 1 to 9: 5% to 4%
  from 10: 4%
term is_old: flag = start < 2020-01-01 or not start within performance_period
term each: money per member_months = cost / members
term scaled: rate = if given(score) then score else 100%
term paid: money, rounded half_up to $0.01
  rule old, exception to young, when is_old: least(cost * share(size), fee, $1,000)
  rule young when year_of(start) <= year: round(cost * scaled, half_even, $0.05)
  otherwise: $0
note far when site is not office and each > $10 / 1 member_months: "far"
column "Id" = id
column "Paid" = paid
column "Low" = lowest paid
column "Note" = notes
```
"#;

const NUMBERS: &str = "[fee]\ncitation = \"Schedule A\"\noffice = \"$5\"\nhome = \"$6.50\"\n";

const FACTS: &str = "blank = [\"-\"]\n[fact.id]\ncolumns = [\"Id\"]\n[fact.site]\n\
    columns = [\"Site\"]\n[fact.start]\ncolumns = [\"Start\"]\n[fact.cost]\ncolumns = [\"Cost\"]\n\
    [fact.members]\ncolumns = [\"Months\"]\n[fact.size]\ncolumns = [\"Size\"]\n[fact.score]\n\
    columns = [\"Score\"]\n[[fact.score.spelling]]\nplaces = 2\n";

const ROWS: &str = "Id,Site,Start,Cost,Months,Size,Score\n\
    a,office,1/1/2019,\"1,000\",12,3,0.9\nb,home,2024-02-01,$50,12,11,-\n";

fn small() -> ContractFiles {
    [("contract.md", TERMS), ("params/2024.toml", NUMBERS), ("facts.toml", FACTS)]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// Everything that can be done with a folder and a file of facts.
fn run(files: &ContractFiles, rows: &[u8]) -> usize {
    let (contract, problems) = Contract::load(files);
    let text = |name: &str| files.get(name).map(|b| String::from_utf8_lossy(b).into_owned());
    let shown = problems.iter().map(|p| p.show(&text(&p.file).unwrap_or_default()).len());
    let mut seen: usize = shown.sum();
    let (facts, more) = contract.read_facts(2024, "rows.csv", rows);
    seen += more.len();
    if let Ok(statement) = contract.settle(2024, &facts) {
        seen += statement.to_csv().map_or(0, |csv| csv.len());
    }
    for row in &facts.rows {
        let names: Vec<String> = contract.program().terms().map(|(n, _)| n.to_owned()).collect();
        for name in names {
            seen += contract.explain(2024, &facts, row, &name).map_or(0, |steps| steps.len());
        }
    }
    seen
}

#[test]
fn the_small_contract_is_whole() {
    let (contract, problems) = Contract::load(&small());
    assert_eq!(problems, []);
    let (facts, problems) = contract.read_facts(2024, "rows.csv", ROWS.as_bytes());
    assert_eq!(problems, []);
    let statement = contract.settle(2024, &facts).expect("a year");
    let csv = String::from_utf8(statement.to_csv().expect("memory")).expect("UTF-8");
    // A cost of $50 printed without cents may be as little as $49.50.
    assert_eq!(csv, "Id,Paid,Low,Note\na,5.00,5.00,\nb,50.00,49.50,\n");
}

fn shared_savings() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
        let read = |name: &str| (name.to_owned(), std::fs::read(root.join(name)).expect("a file"));
        let names = ["contract.md", "facts.toml", "params/2018.toml", "params/2024.toml"];
        Contract::load(&names.into_iter().map(read).collect()).0
    })
}

fn amount(text: &str) -> Number {
    Number::parse(text).expect("an amount")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_damage_to_any_file_panics(
        file in 0usize..4,
        place in 0usize..1_800,
        length in 0usize..30,
        insert in prop::sample::select(vec![
            "", "\0", "é", "```", "\n## x\n", "term", "(", ")", "999999999999999999999999999999",
            "$0.0000000000000000000001", "%", "\"", "rule", "exception to", " / 0", "[", "=", "-",
            "2024-02-30", "count", "by", "one of", ",", "170141183460469231731687303715884105727",
        ]),
    ) {
        let mut files = small();
        let mut rows = ROWS.as_bytes().to_vec();
        let target = match file {
            0 => files.get_mut("contract.md"),
            1 => files.get_mut("params/2024.toml"),
            2 => files.get_mut("facts.toml"),
            _ => Some(&mut rows),
        }.expect("the file is there");
        let start = place % target.len();
        let end = (start + length).min(target.len());
        target.splice(start..end, insert.bytes());
        run(&files, &rows);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut files = small();
        let mut text = b"```terms\ncontract a\n".to_vec();
        text.extend(&bytes);
        files.insert("contract.md".to_owned(), text);
        run(&files, &bytes);
        files = small();
        files.insert("facts.toml".to_owned(), bytes.clone());
        files.insert("params/2024.toml".to_owned(), bytes.clone());
        run(&files, &bytes);
    }

    /// Moves each printed number by up to half a unit of its last place.
    #[test]
    fn every_true_number_lies_between_low_and_high(
        benchmark in 50_000_000i64..900_000_000,
        off in -12i64..12,
        score in 4_000i64..10_000,
        moves in prop::array::uniform3(-50i64..=50),
        track in prop::sample::select(vec!["1", "2", "3"]),
    ) {
        let contract = shared_savings();
        let expenditure = benchmark + benchmark / 100 * off;
        let one = |name: &str| u8::from(track == name);
        let csv = format!(
            "ACO_ID,Current_Track_1,Current_Track_2,Current_Track_3,Current_Start_Date,N_AB,\
             ABtotBnchmk,ABtotExp,QualScore,Met_QPS,MinSavPerc,DisAdj\n\
             A1,{},{},{},1/1/2016,20000,{benchmark},{expenditure},0.{score:04},1,0.0200,\n",
            one("1"), one("2"), one("3"),
        );
        let (mut facts, problems) = contract.read_facts(2018, "rows.csv", csv.as_bytes());
        prop_assert!(problems.is_empty());
        let printed = contract.settle(2018, &facts).unwrap().lines.remove(0);
        prop_assert_eq!(&printed.problems, &[]);
        let numbers: Vec<usize> = contract.program().facts().enumerate()
            .filter(|(_, (name, _))| ["benchmark", "expenditure", "quality_score"].contains(name))
            .map(|(index, _)| index)
            .collect();
        for (index, move_by) in numbers.into_iter().zip(moves) {
            let slot = facts.rows[0].row.facts[index].as_mut().unwrap();
            let Value::Number(value) = slot.value else { panic!("a number") };
            let share = Number::fraction(i128::from(move_by), 50).unwrap();
            let moved = value.checked_add(slot.half_unit.checked_mul(share).unwrap()).unwrap();
            *slot = FactValue::exact(Value::Number(moved.min(Number::whole(1_000_000_000))));
        }
        let moved = contract.settle(2018, &facts).unwrap().lines.remove(0);
        let cell = |title: &str| {
            let place = contract.program().columns().position(|c| c == title).unwrap();
            (amount(&printed.cells[place]), amount(&moved.cells[place]))
        };
        let (low, _) = cell("Low");
        let (high, _) = cell("High");
        let (_, earned) = cell("EarnSaveLoss");
        prop_assert!(low <= earned && earned <= high, "{low} {earned} {high}");
    }
}
