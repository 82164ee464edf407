//! The end of the demo: what happened, in words, and where to look further.

use super::month::{ProviderEnd, Story};
use crate::console::Console;
use crate::ledger::cents;
use crate::show_finding::sentence;
use counterfoil_base::Cents;
use serde_json::{Value, json};

/// Reasons and days shown; the commands below show the rest.
const ROWS_SHOWN: usize = 8;

pub(crate) fn print(story: &Story, console: &mut Console<'_>) {
    let seconds = console.elapsed().as_millis();
    console
        .print("A month between a health plan, a hospital and a small practice (generated data)");
    console.print("");
    console.print(&format!(
        "claims written          {:>7}   charged {:>16}",
        story.claims,
        story.charge_cents.to_string()
    ));
    console.print(&format!(
        "caught before sending   {:>7}   charged {:>16}",
        story.held,
        story.held_cents.to_string()
    ));
    let mut caught: Vec<_> = story.caught.iter().collect();
    caught.sort_by_key(|(message, number)| (std::cmp::Reverse(**number), (*message).clone()));
    for (message, number) in caught.iter().take(ROWS_SHOWN) {
        console.print(&format!("    {number:>5} x {}", sentence(message)));
    }
    more(console, caught.len());
    console.print(&format!("sent                    {:>7}", story.sent));
    for total in &story.states {
        console.print(&format!(
            "  {:<10}            {:>7}   charged {:>16}   paid {:>14}",
            total.state,
            total.claims,
            total.charge_cents.to_string(),
            total.paid_cents.to_string()
        ));
    }
    if !story.reasons.is_empty() {
        console.print("why claims were denied, pended or returned");
    }
    let stopped = |state: &str| matches!(state, "denied" | "pended" | "rejected");
    let reasons: Vec<_> = story.reasons.iter().filter(|one| stopped(&one.state)).collect();
    for reason in reasons.iter().take(ROWS_SHOWN) {
        let words = sentence(&reason.reason);
        console.print(&format!("    {:>5} x {}: {words}", reason.claims, reason.state));
    }
    more(console, reasons.len());
    console.print(&format!(
        "decided by a person     {:>7}   (Dana Reyes; software denies nothing for medical reasons)",
        story.decided_by_person
    ));
    console.print(&format!(
        "predicted payments      {:>7}   {} of them as the 835 paid",
        story.predictions, story.predictions_right
    ));
    cash(story, console);
    for provider in &story.providers {
        provider_end(provider, console);
    }
    console.print(&format!(
        "health plan: debits less credits {}",
        cents(story.payer_difference_cents)
    ));
    console.print(&format!("leftover                {:>16}", cents(leftover(story))));
    further(story, console);
    console.say(&format!("played in {}.{:03} s", seconds / 1000, seconds % 1000));
}

fn more(console: &mut Console<'_>, all: usize) {
    if all > ROWS_SHOWN {
        console.print(&format!("          and {} other reasons", all - ROWS_SHOWN));
    }
}

fn leftover(story: &Story) -> i128 {
    story.providers.iter().map(|one| one.posted.report.leftover_cents()).sum()
}

/// A bar a day, so that the month can be seen at a glance.
fn cash(story: &Story, console: &mut Console<'_>) {
    console.print("cash by day");
    let most = story.cash_by_day.values().map(|(_, amount)| amount.0).max().unwrap_or(1).max(1);
    for (day, (payments, amount)) in &story.cash_by_day {
        let length = usize::try_from(amount.0.saturating_mul(30) / most).unwrap_or(0);
        let bar = "#".repeat(length);
        console.print(&format!("    {day}  {:>14}  {payments:>2} {bar}", amount.to_string()));
    }
    let total: Cents = story.cash_by_day.values().map(|(_, amount)| *amount).sum();
    console.print(&format!("    in all      {:>14}", total.to_string()));
}

fn provider_end(provider: &ProviderEnd, console: &mut Console<'_>) {
    let report = &provider.posted.report;
    console.print(&format!(
        "{}: {} remittances posted; billed {} = paid {} + adjusted {} + patients {} + open {}; \
         leftover {}; debits less credits {}",
        provider.name,
        provider.posted.remittances,
        cents(report.billed_cents),
        cents(report.paid_cents),
        cents(report.adjusted_cents),
        cents(report.patient_cents),
        cents(report.open_cents),
        cents(report.leftover_cents()),
        cents(provider.difference_cents),
    ));
}

fn further(story: &Story, console: &mut Console<'_>) {
    let folder = story.folder.display();
    let mut commands = vec![format!("claim pended --data {folder}/plan/data")];
    if let Some(number) = &story.first_claim {
        commands.push(format!("claim show {number} --data {folder}/plan/data"));
    }
    commands.push(format!("ledger trial-balance --data {folder}/plan/data"));
    if let Some(billed) = story.providers.iter().find(|one| one.posted.report.billed_cents != 0) {
        let data = billed.data.display();
        commands.push(format!("ledger show provider.receivable --data {data}"));
    }
    commands.push(format!("remit unmatched --data {folder}/hospital/data"));
    if let Some((file, day)) = &story.first_file {
        let file = file.display();
        commands.push(format!("x12 show {file}"));
        commands.push(format!(
            "claim check {file} --rules {folder}/plan/rules --rates {folder}/plan/rates --members \
             {folder}/plan/members.csv --on {day}"
        ));
    }
    console.print("");
    console.print("look further:");
    for command in commands {
        console.print(&format!("  counterfoil {command}"));
    }
}

pub(crate) fn to_json(story: &Story) -> Value {
    let states: serde_json::Map<String, Value> = story
        .states
        .iter()
        .map(|one| {
            let row = json!({
                "claims": one.claims,
                "charge_cents": one.charge_cents.0,
                "paid_cents": one.paid_cents.0,
            });
            (one.state.clone(), row)
        })
        .collect();
    let cash: serde_json::Map<String, Value> = story
        .cash_by_day
        .iter()
        .map(|(day, (payments, amount))| {
            (day.to_string(), json!({ "payments": payments, "amount_cents": amount.0 }))
        })
        .collect();
    let providers: Vec<_> = story
        .providers
        .iter()
        .map(|one| {
            json!({
                "name": one.name,
                "data": one.data.display().to_string(),
                "remittances": one.posted.remittances,
                "leftover_cents": i64::try_from(one.posted.report.leftover_cents()).ok(),
                "difference_cents": i64::try_from(one.difference_cents).ok(),
            })
        })
        .collect();
    json!({
        "generated_data": true,
        "claims": story.claims,
        "caught_before_sending": story.held,
        "sent": story.sent,
        "states": states,
        "decided_by_person": story.decided_by_person,
        "predictions": story.predictions,
        "predictions_right": story.predictions_right,
        "cash_by_day": cash,
        "providers": providers,
        "payer_difference_cents": i64::try_from(story.payer_difference_cents).ok(),
        "leftover_cents": i64::try_from(leftover(story)).ok(),
    })
}
