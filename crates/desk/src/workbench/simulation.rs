//! What chance does to a contract: form fields become assumptions, drawn years become pictures.

use super::changes::no_amount;
use super::contract::read_table;
use super::{
    LoadedContract, VersionRecord, contract_row, contract_rule, findings, percent, unknown,
};
use crate::book::{Book, Story, input};
use counterfoil_base::{Cents, Finding};
use counterfoil_contract::{Contract, ContractFiles, Problem, Type, Unit};
use counterfoil_settle::result_term;
use counterfoil_settle::simulate::{
    Assumptions, Chance, Distribution, Report, Simulation, Summary, report, summaries, vary,
};
use counterfoil_web::view::{
    Assumption, BinView, DistributionView, EffectPoint, Odds, Share, SimulationReport,
    SimulationView, SweepPoint,
};
use counterfoil_web::{Figure, FigureAddress};
use toml::{Table, Value};

/// Years that a page draws at most, and when nothing is said: a page answers at once.
const DRAWS_MAX: u64 = 2_000;
const DRAWS_USUAL: &str = "500";
/// Values of what is varied, at most.
const VALUES_MAX: usize = 8;
/// Name of the field that says what is varied.
const VARY: &str = "vary";
/// Beginning of the names of fields for facts.
const FACT: &str = "fact-";
/// The file that the fields become.
const FILE: &str = "assumptions.toml";

/// Name, label, default and form of the fields of the group.
const GROUP: [(&str, &str, &str, &str); 9] = [
    ("size", "People in the group", "10,000", ""),
    ("mean_cost", "Cost of a person in a year", "$11,000", "before trend"),
    ("deviation", "Deviation of that cost among people", "$22,000", "standard deviation"),
    ("trend", "Expected growth", "3%", "the benchmark knows it"),
    ("trend_deviation", "Deviation of growth", "0.5%", "how far true growth strays"),
    ("benchmark_deviation", "Deviation of the benchmark", "0.8%", "how far it strays"),
    ("effect", "True effect", "1%", "the share of its cost that the group avoids"),
    ("programme_cost", "Cost of the programme for a person", "$20", "borne by the provider"),
    (VARY, "Vary", "size=5,000 10,000 20,000 40,000", "a name, =, and up to 8 values"),
];

/// The simulation that the fields of an address ask for; fields that it does not name have their
/// defaults.
pub fn simulation(
    record: &VersionRecord,
    loaded: &LoadedContract,
    typed: &[(String, String)],
    book: &mut Book,
) -> SimulationView {
    let fields = Fields::new(loaded, &Example::of(loaded), typed);
    let program = loaded.contract.program();
    let years = loaded.contract.years().collect::<Vec<_>>();
    let numbers = years.last().and_then(|year| loaded.contract.stated(*year).ok());
    let mut variable: Vec<String> =
        GROUP.iter().map(|field| field.0).filter(|name| *name != VARY).map(str::to_owned).collect();
    variable.extend(program.facts().map(|(name, _)| name.to_owned()));
    for one in numbers.into_iter().flatten() {
        if !variable.contains(&one.name) {
            variable.push(one.name);
        }
    }
    let mut view = SimulationView {
        contract: contract_row(record),
        group: fields.group.clone(),
        facts: fields.facts.clone(),
        variable,
        draws_max: DRAWS_MAX,
        findings: Vec::new(),
        report: None,
    };
    match run(record, loaded, &fields, book) {
        Ok(found) => view.report = Some(found),
        Err((problems, files)) => view.findings = findings(&problems, &files),
    }
    view
}

/// The fields of the form as they stand.
struct Fields {
    group: Vec<Assumption>,
    facts: Vec<Assumption>,
    /// What differs from the defaults, for addresses.
    typed: Vec<(String, String)>,
}

impl Fields {
    fn new(loaded: &LoadedContract, example: &Example, typed: &[(String, String)]) -> Fields {
        let mut told = Vec::new();
        let mut field = |name: &str, label: &str, usual: &str, hint: &str| {
            let value = typed.iter().find(|(known, _)| known == name).map(|(_, v)| v.trim());
            let value = value.unwrap_or(usual);
            if value != usual {
                told.push((name.to_owned(), value.to_owned()));
            }
            let hint = match (hint, usual) {
                (hint, "") => hint.to_owned(),
                ("", usual) => format!("default: {usual}"),
                (hint, usual) => format!("{hint}; default: {usual}"),
            };
            let [name, label, value] = [name, label, value].map(str::to_owned);
            Assumption { name, label, value, hint }
        };
        let first = [
            field("year", "Year whose numbers hold", &example.year.to_string(), ""),
            field("draws", "Years to draw", DRAWS_USUAL, "at most 2,000 on a page"),
            field("seed", "Seed of the draws", "1", ""),
        ];
        let rest = GROUP.map(|(name, label, usual, hint)| field(name, label, usual, hint));
        let facts = loaded.contract.program().facts().map(|(name, kind)| {
            let usual = usual_fact(name, kind, &example.facts);
            field(&format!("{FACT}{name}"), name, &usual, &kind.to_string())
        });
        let facts = facts.collect();
        Fields { group: first.into_iter().chain(rest).collect(), facts, typed: told }
    }

    fn value(&self, name: &str) -> &str {
        self.group.iter().find(|field| field.name == name).map_or("", |field| &field.value)
    }

    /// The assumptions as the file that `contract simulate` reads.
    fn file(&self, name: &str) -> String {
        let mut table = Table::new();
        let whole = |text: &str| text.replace(',', "").trim().parse::<i64>().unwrap_or(-1);
        table.insert("title".to_owned(), Value::String(name.to_owned()));
        for name in ["year", "draws", "seed"] {
            let number = whole(self.value(name));
            let most = i64::try_from(DRAWS_MAX).unwrap_or(i64::MAX);
            let number = if name == "draws" { number.min(most) } else { number };
            table.insert(name.to_owned(), Value::Integer(number));
        }
        let group = GROUP.iter().filter(|field| field.0 != VARY && !self.value(field.0).is_empty());
        let group = group.map(|f| (f.0.to_owned(), Value::String(self.value(f.0).to_owned())));
        table.insert("group".to_owned(), Value::Table(group.collect()));
        let facts = self.facts.iter().filter(|field| !field.value.is_empty());
        let facts = facts.map(|f| (f.name.trim_start_matches(FACT).to_owned(), drawn(&f.value)));
        table.insert("facts".to_owned(), Value::Table(facts.collect()));
        toml::to_string(&table).unwrap_or_default()
    }
}

/// A fact of the form: `group size`, `90% +- 5% within 0% to 100% by 0.01%`, or a value.
fn drawn(text: &str) -> Value {
    let one = |name: &str, value: &str| (name.to_owned(), Value::String(value.trim().to_owned()));
    if let Some(part) = text.strip_prefix("group ") {
        return Value::Table([one("group", part)].into_iter().collect());
    }
    let normal = || {
        let (mean, rest) = text.split_once("+-")?;
        let (deviation, rest) = rest.split_once(" within ")?;
        let (least, rest) = rest.split_once(" to ")?;
        let (most, step) = rest.split_once(" by ").unwrap_or((rest, ""));
        let mut all: Table = [("mean", mean), ("deviation", deviation), ("least", least)]
            .into_iter()
            .chain([("most", most)])
            .map(|(name, value)| one(name, value))
            .collect();
        if !step.trim().is_empty() {
            let (name, value) = one("step", step);
            all.insert(name, value);
        }
        Some(Value::Table(all))
    };
    normal().unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A true effect of a tenth of the cost, in billionths.
const LARGE_EFFECT: i64 = 100_000_000;

/// The worked example from which facts come when nothing is said.
struct Example {
    year: i64,
    facts: Table,
}

impl Example {
    /// The one with the fewest facts with which a year with a large effect is paid, else one with
    /// which a year can be drawn; without any, the last year and no facts.
    fn of(loaded: &LoadedContract) -> Example {
        let good = loaded.files.iter().filter(|(name, _)| name.starts_with("cases/good/"));
        let mut all: Vec<Example> = good
            .filter_map(|(_, bytes)| {
                let mut table = read_table(bytes)?;
                let year = table.get("year")?.as_integer()?;
                let facts = table.remove("facts")?.as_table()?.clone();
                Some(Example { year, facts })
            })
            .collect();
        all.sort_by_key(|one| one.facts.len());
        let drawn: Vec<Option<i64>> = all.iter().map(|one| one.drawn_cents(loaded)).collect();
        let pays = drawn.iter().position(|cents| cents.is_some_and(|cents| cents > 0));
        let best = pays.or_else(|| drawn.iter().position(Option::is_some));
        let last = loaded.contract.years().last().unwrap_or_default();
        let none = Example { year: last, facts: Table::new() };
        best.and_then(|at| all.into_iter().nth(at)).unwrap_or(none)
    }

    /// What a year with a large effect pays; nothing when none can be drawn.
    fn drawn_cents(&self, loaded: &LoadedContract) -> Option<i64> {
        let contract = &loaded.contract;
        let file = Fields::new(loaded, self, &[]).file("");
        let assumptions = Assumptions::read(contract, FILE, &file).ok()?;
        let result = result_term(contract, None)?;
        let simulation = Simulation { contract, assumptions: &assumptions, result };
        let drawn = simulation.draws(LARGE_EFFECT, 0..1).ok()?;
        drawn.first().map(|draw| draw.transfer_cents)
    }
}

/// Where a fact comes from when nothing is said: the group where its name says so, else the
/// worked example.
fn usual_fact(name: &str, kind: &Type, example: &Table) -> String {
    let is_money = *kind == Type::Number(Unit::MONEY);
    let is_number = matches!(kind, Type::Number(_));
    let group = match name {
        _ if is_money && name.contains("benchmark") => "group benchmark",
        _ if is_money && name.contains("expenditure") => "group expenditure",
        "beneficiaries" | "members" | "people" if is_number => "group size",
        _ => "",
    };
    if !group.is_empty() {
        return group.to_owned();
    }
    example.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What cannot be used, with the files that the places are in.
type Refused = (Vec<Problem>, ContractFiles);

fn run(
    record: &VersionRecord,
    loaded: &LoadedContract,
    fields: &Fields,
    book: &mut Book,
) -> Result<SimulationReport, Refused> {
    if !loaded.is_computable() {
        return Err((loaded.problems.clone(), loaded.files.clone()));
    }
    let file = fields.file(&record.name);
    let of_file = |problems: Vec<Problem>| {
        (problems, ContractFiles::from([(FILE.to_owned(), file.clone().into_bytes())]))
    };
    let plain = |problem: Box<Problem>| of_file(vec![*problem]);
    let read = |contract: &Contract, text: &str| Assumptions::read(contract, FILE, text);
    let assumptions = read(&loaded.contract, &file).map_err(of_file)?;
    let result = result_term(&loaded.contract, None).ok_or_else(|| plain(Box::new(no_amount())))?;
    let simulation = Simulation { contract: &loaded.contract, assumptions: &assumptions, result };
    let draw = |effect, count| simulation.draws(effect, 0..count);
    let found = report(&simulation, &draw).map_err(plain)?;
    let (varied, values) = varied(fields.value(VARY)).map_err(plain)?;
    let mut sweep = Vec::new();
    for value in values {
        let (text, files) =
            vary(&loaded.contract, (&file, &loaded.files), assumptions.year, (varied, value))
                .map_err(plain)?;
        let (changed, problems) = Contract::load(&files);
        if problems.iter().any(|problem| problem.finding.is_error()) {
            return Err((problems, files));
        }
        let assumptions = read(&changed, &text).map_err(of_file)?;
        let simulation = Simulation { contract: &changed, assumptions: &assumptions, result };
        let draw = |effect, count| simulation.draws(effect, 0..count);
        sweep.push((value.to_owned(), summaries(&simulation, &draw).map_err(plain)?));
    }
    let maker = Maker { record, fields, rule: result };
    Ok(maker.report((&found, varied, &sweep), file, book))
}

/// What is varied, and its values.
fn varied(text: &str) -> Result<(&str, Vec<&str>), Box<Problem>> {
    if text.trim().is_empty() {
        return Ok(("", Vec::new()));
    }
    let (name, values) = text.split_once('=').unwrap_or((text, ""));
    let values: Vec<&str> = values.split_whitespace().collect();
    if values.is_empty() || values.len() > VALUES_MAX {
        return Err(Box::new(not_varied(text)));
    }
    Ok((name.trim(), values))
}

fn not_varied(text: &str) -> Problem {
    let message = format!("'{text}' does not name one to {VALUES_MAX} values");
    let finding = Finding::error("SETTLE-varied-unreadable", 7, message)
        .because("One assumption at a time is varied, and each value is a simulation of its own")
        .fix("Write a name, an equals sign and the values: size=5,000 10,000");
    Problem::of_file(finding, FILE)
}

/// Both summaries of one value: with the assumed effect, and with none.
type Swept = (String, (Summary, Summary));

struct Maker<'m> {
    record: &'m VersionRecord,
    fields: &'m Fields,
    rule: &'m str,
}

impl Maker<'_> {
    fn address(&self, name: &str) -> FigureAddress {
        FigureAddress::new("simulation", &self.record.id, name).filtered(self.fields.typed.clone())
    }

    fn story(&self, sentence: &str, formula: &str) -> Story {
        let fields = self.fields.group.iter().chain(&self.fields.facts);
        let stated = fields.filter(|field| !field.value.is_empty());
        Story {
            sentence: sentence.to_owned(),
            formula: formula.to_owned(),
            rule: contract_rule(self.rule, &self.record.digest, "docs/reference/simulation.md"),
            inputs: stated.map(|f| input(&f.label, &f.value, "assumption")).collect(),
            other_side: unknown("Anybody who draws with the same assumptions and seed gets it."),
            reproduce: "counterfoil contract simulate FOLDER --assumptions FILE".to_owned(),
            ..Story::default()
        }
    }

    fn money(&self, name: &str, cents: i64, sentence: &str, book: &mut Book) -> Figure {
        let story = self.story(sentence, "over all drawn years, each settled by the contract");
        book.money(Cents(cents), self.address(name), story)
    }

    fn share(&self, name: &str, words: &str, sentence: &str, book: &mut Book) -> Figure {
        let story = self.story(sentence, "drawn years in which it happens / drawn years");
        percent(book, words, self.address(name), story)
    }

    fn report(
        &self,
        (found, varied, sweep): (&Report, &str, &[Swept]),
        file: String,
        book: &mut Book,
    ) -> SimulationReport {
        let assumed = &found.assumed;
        let draws = self.story("As many years as the assumptions say.", "counted one by one");
        let break_even = |name: &str, rate: &Option<String>, book: &mut Book| {
            let words = "The least true effect from which on the party gains on average.";
            rate.as_ref().map(|rate| self.share(name, rate, words, book))
        };
        SimulationReport {
            draws: book.count(assumed.draws, self.address("draws"), draws),
            effect: self.share("effect", &assumed.effect, "As the assumptions say.", book),
            payment: self.distribution("payment", &assumed.payment, book),
            provider: self.distribution("provider", &assumed.provider, book),
            payer: self.distribution("payer", &assumed.payer, book),
            assumed: self.odds("assumed", assumed, book),
            luck: self.odds("luck", &found.luck, book),
            provider_break_even: break_even("even-provider", &found.provider_break_even, book),
            payer_break_even: break_even("even-payer", &found.payer_break_even, book),
            by_effect: self.by_effect(found, book),
            varied: varied.to_owned(),
            sweep: (1..).zip(sweep).map(|(at, one)| self.swept(at, one, book)).collect(),
            file,
        }
    }

    fn distribution(&self, of: &str, found: &Distribution, book: &mut Book) -> DistributionView {
        let mut money = |name: &str, cents, sentence: &str| {
            self.money(&format!("{of}-{name}"), cents, sentence, book)
        };
        let mean = money("mean", found.mean_cents, "The mean over all drawn years.");
        let words = "The standard deviation over all drawn years, rounded down.";
        let deviation = money("deviation", found.deviation_cents, words);
        let least = money("least", found.least_cents, "The smallest amount that was drawn.");
        let most = money("most", found.most_cents, "The largest amount that was drawn.");
        let percentiles = found.percentiles_cents.map(|(part, cents)| {
            let sentence = format!("The amount that {part} of 100 drawn years do not exceed.");
            (format!("{part} of 100"), money(&format!("p{part}"), cents, &sentence))
        });
        let bins = (1..).zip(&found.histogram).map(|(at, bin)| {
            let mut end = |name: &str, cents| {
                let name = format!("{of}-bin-{at}-{name}");
                self.money(&name, cents, "An end of a bar of the picture.", book)
            };
            let (from, to) = (end("from", bin.from_cents), end("to", bin.to_cents));
            let story = self.story("Drawn years between the two ends.", "counted one by one");
            let address = self.address(&format!("{of}-bin-{at}"));
            BinView { from, to, draws: book.count(bin.draws, address, story) }
        });
        let bins = bins.collect();
        DistributionView { mean, deviation, least, most, percentiles: percentiles.into(), bins }
    }

    fn odds(&self, of: &str, found: &Summary, book: &mut Book) -> Odds {
        let mut chance = |name: &str, chance| self.chance(&format!("{of}-{name}"), chance, book);
        Odds {
            paid: chance("paid", &found.is_paid),
            owes: chance("owes", &found.owes),
            nothing: chance("nothing", &found.nothing),
        }
    }

    fn chance(&self, name: &str, chance: &Chance, book: &mut Book) -> Share {
        let share = "The share of the drawn years in which it happens.";
        let end = "An end of the band in which the true share lies 95 times of 100 (Wilson).";
        Share {
            share: self.share(name, &chance.share, share, book),
            low: self.share(&format!("{name}-low"), &chance.low, end, book),
            high: self.share(&format!("{name}-high"), &chance.high, end, book),
        }
    }

    fn by_effect(&self, found: &Report, book: &mut Book) -> Vec<EffectPoint> {
        let mut all = Vec::new();
        for (at, one) in (1..).zip(&found.by_effect) {
            let words = "The mean gain over years drawn with this true effect.";
            let mut money =
                |name: &str, cents| self.money(&format!("at-{at}-{name}"), cents, words, book);
            let provider = money("provider", one.provider_cents);
            let payer = money("payer", one.payer_cents);
            let name = format!("at-{at}");
            let words = "A true effect for which years were drawn.";
            let effect = self.share(&name, &one.effect, words, book);
            all.push(EffectPoint { effect, provider, payer });
        }
        all
    }

    fn swept(&self, at: usize, (value, (assumed, luck)): &Swept, book: &mut Book) -> SweepPoint {
        let words = format!("The mean gain over years drawn with the value {value}.");
        let name = |what: &str| format!("value-{at}-{what}");
        let provider = assumed.provider.mean_cents;
        SweepPoint {
            value: value.clone(),
            luck_paid: self.chance(&name("paid"), &luck.is_paid, book),
            luck_owes: self.chance(&name("owes"), &luck.owes, book),
            provider: self.money(&name("provider"), provider, &words, book),
            payer: self.money(&name("payer"), assumed.payer.mean_cents, &words, book),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_a_value_a_part_of_the_group_or_a_draw() {
        for (text, written) in [
            ("track_1", "fact = \"track_1\"\n"),
            ("group size", "[fact]\ngroup = \"size\"\n"),
            (
                "90% +- 5% within 0% to 100% by 0.01%",
                "[fact]\nmean = \"90%\"\ndeviation = \"5%\"\nleast = \"0%\"\nmost = \"100%\"\n\
                 step = \"0.01%\"\n",
            ),
            ("5% +- 1%", "fact = \"5% +- 1%\"\n"),
        ] {
            let table: Table = [("fact".to_owned(), drawn(text))].into_iter().collect();
            let mut lines: Vec<String> =
                toml::to_string(&table).unwrap().lines().map(str::to_owned).collect();
            let mut wanted: Vec<String> = written.lines().map(str::to_owned).collect();
            lines.sort();
            wanted.sort();
            assert_eq!(lines, wanted, "{text}");
        }
    }

    #[test]
    fn what_is_varied_has_a_name_and_up_to_eight_values() {
        assert_eq!(varied("size=1 2").unwrap(), ("size", vec!["1", "2"]));
        assert_eq!(varied(" ").unwrap(), ("", vec![]));
        assert!(varied("size").is_err() && varied("size=").is_err());
        assert!(varied("size=1 2 3 4 5 6 7 8 9").is_err());
    }
}
