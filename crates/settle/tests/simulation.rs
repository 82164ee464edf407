//! Simulated years agree with the closed form, and are the same whoever draws them.

mod common;

use common::{files, load};
use counterfoil_contract::{Contract, Number, Problem};
use counterfoil_settle::simulate::{Assumptions, Draw, Report, Simulation, report, vary};

/// A one-sided group whose cost strays by 2 % of its mean: 22,000 / (11,000 x sqrt(10,000)).
const ONE_SIDED: &str = r#"
title = "A one-sided group of 10,000"
year = 2018
draws = 20_000
seed = 7

[group]
size = "10,000"
mean_cost = "$11,000"
deviation = "$22,000"

[facts]
aco = "A0001"
track = "track_1"
agreement_start = "2018-01-01"
benchmark = { group = "benchmark" }
expenditure = { group = "expenditure" }
beneficiaries = { group = "size" }
standard_met = "yes"
quality_score = "90%"
"#;

fn two_sided() -> String {
    ONE_SIDED.replace("\"track_1\"", "\"track_3\"\nstated_minimum_rate = \"2%\"")
}

fn read(contract: &Contract, text: &str) -> Assumptions {
    Assumptions::read(contract, "assumptions.toml", text).unwrap_or_else(|problems| {
        panic!("{:?}", problems.iter().map(|p| &p.finding.message).collect::<Vec<_>>())
    })
}

fn simulated(contract: &Contract, text: &str) -> Report {
    let assumptions = read(contract, text);
    let simulation = Simulation { contract, assumptions: &assumptions, result: "earned" };
    report(&simulation, &|effect, count| simulation.draws(effect, 0..count)).expect("drawn")
}

/// Whether a count of draws lies within four standard errors of a probability in millionths.
fn agrees(held: u64, draws: u64, millionths: i128) -> bool {
    let (held, draws) = (i128::from(held), i128::from(draws));
    let expected = draws * millionths / 1_000_000;
    let variance = expected * (1_000_000 - millionths) / 1_000_000;
    (held - expected).abs() <= 4 * (variance.isqrt() + 1)
}

#[test]
fn the_chance_of_luck_agrees_with_the_normal_distribution() {
    let contract = load(&files());
    // The minimum rate is 3.0 % at 10,000, 1.5 standard deviations: a tail of 6.6807 %.
    let one = simulated(&contract, ONE_SIDED);
    assert!(agrees(one.luck.is_paid.draws, 20_000, 66_807), "{:?}", one.luck.is_paid);
    assert_eq!(one.luck.owes.draws, 0);
    // At 2 % on both sides, one standard deviation: 15.8655 % each.
    let two = simulated(&contract, &two_sided());
    assert!(agrees(two.luck.is_paid.draws, 20_000, 158_655), "{:?}", two.luck.is_paid);
    assert!(agrees(two.luck.owes.draws, 20_000, 158_655), "{:?}", two.luck.owes);
    // Four times the people: 2.2 % less at 40,000 (2.3 % there) over 1 %: 2.3 deviations, 1.0724 %.
    let large = simulated(&contract, &ONE_SIDED.replace("\"10,000\"", "\"40,000\""));
    assert!(agrees(large.luck.is_paid.draws, 20_000, 10_724), "{:?}", large.luck.is_paid);
    // An effect of 3 % puts the group at its minimum rate: paid every other year.
    let text = ONE_SIDED.replace("[facts]", "effect = \"3%\"\n[facts]");
    let effective = simulated(&contract, &text);
    let chance = effective.assumed.is_paid.draws;
    assert!(agrees(chance, 20_000, 500_000), "{chance}");
}

#[test]
fn the_same_seed_gives_the_same_years_whoever_draws_them() {
    let contract = load(&files());
    let assumptions = read(&contract, &two_sided());
    let simulation =
        Simulation { contract: &contract, assumptions: &assumptions, result: "earned" };
    let whole = simulation.draws(0, 0..500).expect("drawn");
    let mut parts: Vec<Draw> = Vec::new();
    for range in [0..123, 123..250, 250..250, 250..499, 499..500] {
        parts.extend(simulation.draws(0, range).expect("drawn"));
    }
    assert_eq!(whole, parts);
    let other = read(&contract, &two_sided().replace("seed = 7", "seed = 8"));
    let other = Simulation { contract: &contract, assumptions: &other, result: "earned" };
    assert_ne!(other.draws(0, 0..500).expect("drawn"), whole);
}

#[test]
fn gains_of_both_parties_sum_to_what_was_saved_less_what_it_cost() {
    let contract = load(&files());
    let text =
        two_sided().replace("[facts]", "effect = \"2%\"\nprogramme_cost = \"$100\"\n[facts]");
    let assumptions = read(&contract, &text);
    let simulation =
        Simulation { contract: &contract, assumptions: &assumptions, result: "earned" };
    for draw in simulation.draws(assumptions.effect(), 0..2_000).expect("drawn") {
        assert_eq!(draw.programme_cents, 100_000_000);
        let both = draw.provider_cents() + draw.payer_cents();
        assert_eq!(both, draw.saving_cents - draw.programme_cents);
    }
    let told = simulated(&contract, &text);
    let shown = |d: &counterfoil_settle::simulate::Distribution| {
        let [(5, low), _, _, (50, middle), _, _, (95, high)] = d.percentiles_cents else {
            panic!("{:?}", d.percentiles_cents)
        };
        format!("{}: {} {low} {middle} {high} {}", d.mean_cents, d.least_cents, d.most_cents)
    };
    let bins: u64 = told.assumed.provider.histogram.iter().map(|bin| bin.draws).sum();
    assert_eq!(bins, 20_000);
    insta::assert_snapshot!(
        format!("{}\n{}", shown(&told.assumed.provider), shown(&told.assumed.payer)),
        @r"
    29295760: -340699314 -100000000 46989948 284882659 627072340
    90642913: -525013702 -172283365 72935483 227149123 477469687
    "
    );
    let gains = |hundredths: i64, gain: fn(&Draw) -> i64| {
        let draws = simulation.draws(hundredths * 100_000, 0..2_000).expect("drawn");
        draws.iter().map(|draw| i128::from(gain(draw))).sum::<i128>() >= 0
    };
    for (found, gain) in [
        (&told.provider_break_even, Draw::provider_cents as fn(&Draw) -> i64),
        (&told.payer_break_even, Draw::payer_cents),
    ] {
        let shown = found.as_deref().expect("both break even").trim_end_matches('%');
        let percent = Number::parse(shown).expect("a rate");
        let hundredths = percent.checked_mul(Number::whole(100)).and_then(Number::to_whole);
        let hundredths = hundredths.expect("hundredths of a percent");
        assert!(gains(hundredths, gain) && !gains(hundredths - 1, gain), "{found:?}");
    }
}

#[test]
fn truncation_narrows_what_chance_does() {
    let contract = load(&files());
    let bands = "[[group.spending]]\nshare = \"80%\"\ncost = \"$2,000\"\n\
                 [[group.spending]]\nshare = \"19%\"\ncost = \"$30,000\"\n\
                 [[group.spending]]\nshare = \"1%\"\ncost = \"$400,000\"\n[facts]";
    let text = ONE_SIDED
        .replace("mean_cost = \"$11,000\"\ndeviation = \"$22,000\"\n", "")
        .replace("[facts]", bands);
    let free = simulated(&contract, &text);
    let (text, _) =
        vary(&contract, (&text, &files()), 2018, ("truncation", "$100,000")).expect("a group");
    let cut = simulated(&contract, &text);
    assert!(cut.luck.is_paid.draws < free.luck.is_paid.draws / 2, "{cut:?}");
}

#[test]
fn a_sweep_changes_an_assumption_a_fact_or_a_number_of_the_contract() {
    let (files, contract) = (files(), load(&files()));
    let vary =
        |name: &str, value: &str| vary(&contract, (&two_sided(), &files), 2018, (name, value));
    let (text, _) = vary("size", "20,000").expect("of the group");
    assert_eq!(read(&contract, &text).size(), 20_000);
    let (text, _) = vary("stated_minimum_rate", "0%").expect("a fact");
    assert!(simulated(&contract, &text).luck.nothing.draws == 0);
    let (_, changed) = vary("performance_payment_limit.track_3", "1%").expect("a parameter");
    let capped = simulated(&load(&changed), &two_sided());
    let most = capped.luck.payment.most_cents;
    let benchmark = 11_000 * 10_000 * 100;
    assert_eq!(most, benchmark / 100);
    for name in ["nobody", "performance_payment_limit.track_9", "sequestration.citation"] {
        let problem = vary(name, "1%").expect_err("nothing has this name");
        assert_eq!(problem.finding.code, "SETTLE-nothing-to-change", "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_key() {
    let contract = load(&files());
    let mut told = Vec::new();
    for (old, new) in [
        ("size = \"10,000\"", "size = \"none\""),
        ("mean_cost = \"$11,000\"", "mean_costs = \"$11,000\""),
        ("year = 2018", "year = 1999"),
        ("draws = 20_000", "draws = 0"),
        ("\"track_1\"", "\"track_9\""),
        ("{ group = \"benchmark\" }", "{ group = \"size\" }"),
        ("\"90%\"", "{ mean = \"90%\", deviation = \"5%\" }"),
        ("\"track_1\"", "{ chances = { track_1 = \"50%\" } }"),
        ("[group]", "[group"),
        ("deviation = \"$22,000\"", "deviation = \"-$5\""),
    ] {
        let text = ONE_SIDED.replacen(old, new, 1);
        let problems = Assumptions::read(&contract, "a.toml", &text).expect_err(new);
        let short = |problem: &Problem| problem.finding.message.chars().take(72).collect();
        told.extend(problems.iter().map(short).collect::<Vec<String>>());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
        group.size is not count in quotes, such as "5,000"
        group.size is not a number of people, such as "10,000"
        group.mean_costs is not one of size, mean_cost, deviation, spending, tru
        group is not whole without mean_cost and deviation, or spending
        year is not a year whose numbers the contract states
        draws is not a number from 1 to 1,000,000
        facts.track is not one of track_1, track_1_plus, track_2, track_3, basic
        facts.benchmark.group is not "benchmark" or "expenditure" for money, "si
        facts.quality_score is not a draw with mean, deviation, least and most
        facts.track.chances is not a table whose chances sum to 100%
        the file is not TOML: unclosed table, expected `]`
        group.deviation is not an amount of $0 or more
        group is not whole without mean_cost and deviation, or spending
        "#);
    let text = ONE_SIDED.replace(
        "\"90%\"",
        "{ mean = \"90%\", deviation = \"50%\", least = \"-50%\", most = \"200%\" }",
    );
    let assumptions = read(&contract, &text);
    let simulation =
        Simulation { contract: &contract, assumptions: &assumptions, result: "earned" };
    let problem = simulation.draws(0, 0..100).expect_err("a score of 140 %");
    assert_eq!(problem.finding.code, "SETTLE-draw-out-of-bounds");
}
