//! `counterfoil contract simulate`: what a contract pays over thousands of drawn years.

use super::{amount_term, has_error, load_contract, tell};
use crate::arguments::contract::ContractSimulate;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, dollars, files};
use counterfoil_contract::{Contract, ContractFiles, Problem};
use counterfoil_settle::simulate::{
    Assumptions, Distribution, Draw, Report, Simulation, Summary, report, vary,
};
use serde_json::json;
use std::thread;

/// Most threads of one run.
const THREADS_MAX: usize = 256;
/// Characters of the longest bar of a histogram.
const BAR_LENGTH: u64 = 50;

pub(super) fn run(
    wanted: &ContractSimulate,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let Some((all, contract)) = load_contract(&wanted.folder, wanted.json, console)? else {
        return Ok(Outcome::Findings);
    };
    let text = files::read_text(&wanted.assumptions)?;
    let name = files::file_name(&wanted.assumptions);
    let told = match &wanted.sweep {
        Some(sweep) => swept((&all, &contract), (&name, &text), sweep, wanted, console)?,
        None => match simulated(&contract, (&name, &text), wanted)? {
            Ok(found) => {
                if wanted.json {
                    console.print_json(&json!(found));
                } else {
                    show(&found, console);
                }
                Ok(())
            }
            Err(problems) => Err(problems),
        },
    };
    match told {
        Ok(()) => Ok(Outcome::Done),
        Err(problems) => {
            tell(&problems, &all, wanted.json, console);
            console.say("nothing was simulated");
            Ok(Outcome::Findings)
        }
    }
}

/// A report, or what is wrong with contract and assumptions.
type Told<T> = Result<T, Vec<Problem>>;

fn simulated(
    contract: &Contract,
    (name, text): (&str, &str),
    wanted: &ContractSimulate,
) -> Result<Told<Report>, CommandError> {
    let assumptions = match Assumptions::read(contract, name, text) {
        Ok(assumptions) => assumptions,
        Err(problems) => return Ok(Err(problems)),
    };
    let named = Some(assumptions.result.as_str()).filter(|named| !named.is_empty());
    let result = amount_term(contract, named)?;
    let simulation = Simulation { contract, assumptions: &assumptions, result };
    let available = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = wanted.threads.unwrap_or(available).clamp(1, THREADS_MAX);
    let draw_all = |effect, count| draw_all(&simulation, (effect, count), threads);
    Ok(report(&simulation, &draw_all).map_err(|problem| vec![*problem]))
}

/// Draws in threads; the draws come together in their order.
fn draw_all(
    simulation: &Simulation<'_>,
    (effect, count): (i64, u64),
    threads: usize,
) -> Result<Vec<Draw>, Box<Problem>> {
    let parts = threads as u64;
    thread::scope(|scope| {
        let range = |part: u64| count * part / parts..count * (part + 1) / parts;
        let running: Vec<_> = (0..parts)
            .map(|part| scope.spawn(move || simulation.draws(effect, range(part))))
            .collect();
        let mut all = Vec::new();
        for thread in running {
            match thread.join() {
                Ok(draws) => all.extend(draws?),
                // A panic is a bug; it ends the program as it would without threads.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}

fn show(found: &Report, console: &mut Console<'_>) {
    let (assumed, luck) = (&found.assumed, &found.luck);
    console.print(&found.title);
    console.print(&format!(
        "{} years of {} people drawn with seed {}, settled by the numbers of {}",
        assumed.draws, found.size, found.seed, found.year
    ));
    console.print("");
    console.print(&format!("With a true effect of {}:", assumed.effect));
    console.print(&format!(
        "  the provider is paid in {} of the years, owes in {}, and nobody pays in {}",
        assumed.is_paid.share, assumed.owes.share, assumed.nothing.share
    ));
    console.print(&format!(
        "  on average the payment is {}; the provider gains {}, the payer {}",
        dollars(assumed.payment.mean_cents.into()),
        dollars(assumed.provider.mean_cents.into()),
        dollars(assumed.payer.mean_cents.into())
    ));
    console.print("With no effect at all, by luck alone:");
    console.print(&format!(
        "  the provider is paid in {} of the years (within {}) and owes in {} (within {})",
        luck.is_paid.share, luck.is_paid.error, luck.owes.share, luck.owes.error
    ));
    console
        .print(&format!("  on average the payment is {}", dollars(luck.payment.mean_cents.into())));
    let even = |rate: &Option<String>| match rate {
        Some(rate) => format!("from an effect of {rate} on"),
        None => "at no effect up to 30%".to_owned(),
    };
    console.print(&format!(
        "Gains on average: the provider {}, the payer {}",
        even(&found.provider_break_even),
        even(&found.payer_break_even)
    ));
    console.print("");
    for (name, distribution) in
        [("payment", &assumed.payment), ("provider", &assumed.provider), ("payer", &assumed.payer)]
    {
        percentiles(name, distribution, console);
    }
    histogram(assumed, console);
    console.print("");
    console.print(&format!("contract SHA-256 {}", found.contract));
}

fn percentiles(name: &str, found: &Distribution, console: &mut Console<'_>) {
    let all = found
        .percentiles_cents
        .map(|(percent, cents)| format!("{percent}% {}", dollars(cents.into())));
    console.print(&format!(
        "{name}: mean {}, deviation {}, least {}, {}, most {}",
        dollars(found.mean_cents.into()),
        dollars(found.deviation_cents.into()),
        dollars(found.least_cents.into()),
        all.join(", "),
        dollars(found.most_cents.into())
    ));
}

fn histogram(found: &Summary, console: &mut Console<'_>) {
    console.print("");
    console.print("years by the provider's gain, from the amount shown on:");
    let bins = &found.provider.histogram;
    let most = bins.iter().map(|bin| bin.draws).max().unwrap_or(0).max(1);
    for bin in bins {
        let length = usize::try_from(bin.draws * BAR_LENGTH / most).unwrap_or(0);
        let from = dollars(bin.from_cents.into());
        console.print(format!("{from:>18} {:>7} {}", bin.draws, "#".repeat(length)).trim_end());
    }
}

/// One line a value of what is swept.
fn swept(
    (all, contract): (&ContractFiles, &Contract),
    (name, text): (&str, &str),
    sweep: &str,
    wanted: &ContractSimulate,
    console: &mut Console<'_>,
) -> Result<Told<()>, CommandError> {
    let parsed = sweep.split_once('=').map(|(key, values)| (key.trim(), values));
    let values = |(_, values): &(&str, &str)| values.split_whitespace().next().is_some();
    let Some((key, values)) = parsed.filter(values) else {
        let hint = "write --sweep \"size=5,000 10,000 20,000\"";
        return Err(CommandError::usage(format!("'{sweep}' names no values"), hint));
    };
    let year = match Assumptions::read(contract, name, text) {
        Ok(assumptions) => assumptions.year,
        Err(problems) => return Ok(Err(problems)),
    };
    if !wanted.json {
        console.print(&format!(
            "{key:>20} {:>9} {:>9} {:>9} {:>9} {:>18} {:>18}",
            "paid", "owes", "luck paid", "luck owes", "provider gains", "payer gains"
        ));
    }
    for value in values.split_whitespace() {
        let (text, files) = match vary(contract, (text, all), year, (key, value)) {
            Ok(varied) => varied,
            Err(problem) => return Ok(Err(vec![*problem])),
        };
        let (changed, problems) = Contract::load(&files);
        if has_error(&problems) {
            return Ok(Err(problems));
        }
        let found = match simulated(&changed, (name, &text), wanted)? {
            Ok(found) => found,
            Err(problems) => return Ok(Err(problems)),
        };
        if wanted.json {
            console.print_json(&json!({ "name": key, "value": value, "report": found }));
            continue;
        }
        console.print(&format!(
            "{value:>20} {:>9} {:>9} {:>9} {:>9} {:>18} {:>18}",
            found.assumed.is_paid.share,
            found.assumed.owes.share,
            found.luck.is_paid.share,
            found.luck.owes.share,
            dollars(found.assumed.provider.mean_cents.into()),
            dollars(found.assumed.payer.mean_cents.into())
        ));
    }
    Ok(Ok(()))
}
