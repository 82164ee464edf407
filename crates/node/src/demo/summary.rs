//! The end of the demo: what happened, in words, and where to look further.

use super::agreement::Agreement;
use super::month::{ProviderEnd, Story};
use counterfoil_base::Cents;
use counterfoil_cli::{Console, dollars as cents, sentence};
use serde_json::{Value, json};

/// Reasons and days shown; the commands below show the rest.
const ROWS_SHOWN: usize = 8;

pub fn print(story: &Story, console: &mut Console<'_>) {
    let seconds = console.elapsed().as_millis();
    console.print("A month between a health plan, a hospital and a small practice.");
    console.print("People, prices and claims are generated; every file is a real X12 file.");
    before_sending(story, console);
    decisions(story, console);
    cash(story, console);
    console.print("");
    console.print("4. The books of both sides");
    for provider in &story.providers {
        provider_end(provider, console);
    }
    console.print("  the health plan");
    amount(console, "debits less credits", &cents(story.payer_difference_cents));
    if let Some(agreed) = &story.agreement {
        contract(agreed, console);
    }
    console.print("");
    console.print("money that nobody can explain, on all books together");
    console.print(&format!("leftover                {:>16}", cents(leftover(story))));
    further(story, console);
    console.say(&format!("played in {}.{:03} s", seconds / 1000, seconds % 1000));
}

/// A number of claims and their charges, in columns.
fn row(console: &mut Console<'_>, words: &str, claims: u64, charge: Cents) {
    console.print(&format!("  {words:<26} {claims:>7}  charged {:>16}", charge.to_string()));
}

fn before_sending(story: &Story, console: &mut Console<'_>) {
    console.print("");
    console.print("1. The providers check their claims before they send them");
    let all_cents = story.sent_cents + story.held_cents;
    row(console, "claims written", story.sent + story.held, all_cents);
    row(console, "held back to be corrected", story.held, story.held_cents);
    let mut caught: Vec<_> = story.caught.iter().collect();
    caught.sort_by_key(|(message, number)| (std::cmp::Reverse(**number), (*message).clone()));
    for (message, number) in caught.iter().take(ROWS_SHOWN) {
        console.print(&format!("    {number:>5} x {}", sentence(message)));
    }
    more(console, caught.len());
    console.print(&format!("  {:<26} {:>7}", "sent", story.sent));
}

fn decisions(story: &Story, console: &mut Console<'_>) {
    console.print("");
    console.print("2. The health plan decides");
    for total in &story.states {
        row(console, &total.state, total.claims, total.charge_cents);
    }
    let stopped = |state: &str| matches!(state, "denied" | "pended" | "rejected");
    let reasons: Vec<_> = story.reasons.iter().filter(|one| stopped(&one.state)).collect();
    if !reasons.is_empty() {
        console.print("  why claims were denied, wait for a person, or came back:");
    }
    for reason in reasons.iter().take(ROWS_SHOWN) {
        let words = sentence(&reason.reason);
        console.print(&format!("    {:>5} x {}: {words}", reason.claims, reason.state));
    }
    more(console, reasons.len());
    let decided = story.decided_by_person;
    console.print(&format!("  {:<26} {decided:>7}  by Dana Reyes", "decided by a person"));
    console.print("  (software alone denies nothing for medical reasons)");
    let returned = story.returned;
    console.print(&format!("  {:<26} {returned:>7}  at their provider", "returned, for a person"));
}

fn more(console: &mut Console<'_>, all: usize) {
    if all > ROWS_SHOWN {
        console.print(&format!("          and {} other reasons", all - ROWS_SHOWN));
    }
}

fn leftover(story: &Story) -> i128 {
    story.providers.iter().map(|one| one.report.leftover_cents()).sum()
}

/// A bar a day, so that the month can be seen at a glance.
fn cash(story: &Story, console: &mut Console<'_>) {
    console.print("");
    console.print("3. The money moves: 835 and CCD+ from the plan, posted and matched to the bank");
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
    let report = &provider.report;
    let remittances = provider.remittances;
    if remittances == 0 && report.billed_cents == 0 {
        console.print(&format!("  {}: no claims in this month", provider.name));
        return;
    }
    console.print(&format!("  {}: {remittances} remittances posted", provider.name));
    for (words, sum) in [
        ("billed", report.billed_cents),
        ("= paid by the plan", report.paid_cents),
        ("+ adjusted by contract", report.contractual_cents),
        ("+ withheld by contract", report.withheld_cents),
        ("+ other payers, other", report.other_adjusted_cents),
        ("+ owed by patients", report.patient_cents),
        ("+ denied, for a person", report.denied_cents),
        ("+ not yet answered", report.open_cents),
    ] {
        amount(console, words, &cents(sum));
    }
    amount(console, "leftover ", &cents(report.leftover_cents()));
    amount(console, "debits less credits", &cents(provider.difference_cents));
}

/// The contract that both have signed, and the year that both have settled by it.
fn contract(agreed: &Agreement, console: &mut Console<'_>) {
    let [payer, provider] = &agreed.signed_by;
    console.print("");
    console.print("5. A contract that both have signed and both machines have run");
    console.print(&format!("  {}, SHA-256 {}", agreed.contract, agreed.digest));
    console.print(&format!(
        "  signed by {payer} for the health plan and {provider} for the hospital, in force from {}",
        agreed.effective_on
    ));
    console.print(&format!("  settled for {} by each on its own facts", agreed.year));
    let owed = i128::from(agreed.amount_cents.0);
    let words = if owed < 0 { "the hospital owes" } else { "the health plan owes" };
    amount(console, words, &cents(owed.abs()));
    let standing = match agreed.is_same {
        true => "the same on both sides, and booked by both",
        false => "not the same on both sides",
    };
    console.print(&format!("    {standing}: SHA-256 {}", agreed.settlement));
}

fn amount(console: &mut Console<'_>, words: &str, cents: &str) {
    console.print(&format!("    {words:<24} {cents:>16}"));
}

fn further(story: &Story, console: &mut Console<'_>) {
    let folder = story.folder.display();
    let mut commands = vec![format!("claim pended --data {folder}/plan")];
    if let Some(number) = &story.first_claim {
        commands.push(format!("claim show {number} --data {folder}/plan"));
    }
    commands.push(format!("ledger trial-balance --data {folder}/plan"));
    if let Some(billed) = story.providers.iter().find(|one| one.report.billed_cents != 0) {
        let data = billed.data.display();
        commands.push(format!("ledger show provider.receivable --data {data}"));
    }
    commands.push(format!("twin match --data {folder}/plan --data {folder}/hospital"));
    commands.push(format!("remit unmatched --data {folder}/hospital"));
    if let Some(agreed) = &story.agreement {
        let Agreement { contract, year, .. } = agreed;
        commands.push(format!("contract list --data {folder}/hospital"));
        commands.push(format!(
            "settlement show {contract} --year {year} --theirs --data {folder}/hospital"
        ));
    }
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

pub fn to_json(story: &Story) -> Value {
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
            (day.clone(), json!({ "payments": payments, "amount_cents": amount.0 }))
        })
        .collect();
    let providers: Vec<_> = story
        .providers
        .iter()
        .map(|one| {
            json!({
                "name": one.name,
                "data": one.data.display().to_string(),
                "remittances": one.remittances,
                "leftover_cents": i64::try_from(one.report.leftover_cents()).ok(),
                "difference_cents": i64::try_from(one.difference_cents).ok(),
            })
        })
        .collect();
    json!({
        "generated_data": true,
        "claims": story.sent + story.held,
        "caught_before_sending": story.held,
        "sent": story.sent,
        "states": states,
        "decided_by_person": story.decided_by_person,
        "returned": story.returned,
        "cash_by_day": cash,
        "providers": providers,
        "payer_difference_cents": i64::try_from(story.payer_difference_cents).ok(),
        "leftover_cents": i64::try_from(leftover(story)).ok(),
        "agreement": story.agreement.as_ref().map(|one| json!({
            "contract": one.contract,
            "digest": one.digest,
            "effective_on": one.effective_on.to_string(),
            "signed_by": one.signed_by,
            "year": one.year,
            "amount_cents": one.amount_cents.0,
            "settlement": one.settlement,
            "is_same": one.is_same,
        })),
    })
}
