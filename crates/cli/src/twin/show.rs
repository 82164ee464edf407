//! One claim over both halves, and how promises are kept.

use super::{moment, relation};
use crate::arguments::PartnerOption;
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, office};
use counterfoil_base::Cents;
use counterfoil_operations::halves::{
    ClaimStory, Promise, Scorecard, claim_stories, scorecard as compute,
};
use counterfoil_twin::{Turn, to_hex};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn claim(
    number: &str,
    data: &Path,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(data)?;
    let stories = store.transaction("tell a claim", |tx| claim_stories(tx, number))?;
    if stories.is_empty() {
        let message = format!("no twin record here tells a claim {number}");
        let hint = "give the payer's or the provider's number; `twin export` signs what is due";
        return Err(CommandError::operator(message, hint));
    }
    for story in &stories {
        if json {
            console.print_json(&story_json(story));
        } else {
            tell(story, console);
        }
    }
    Ok(Outcome::Done)
}

fn tell(story: &ClaimStory, console: &mut Console<'_>) {
    let claim = &story.claim;
    let standing = if claim.standing.is_empty() { "unknown" } else { &claim.standing };
    console.print(&format!(
        "claim {} ({}) with {}: {standing}",
        claim.patient_control_number, claim.claim_control_number, story.relation.partner
    ));
    if story.is_ahead_of_provider() {
        console.print("  the provider has not said in the record that it sent this claim");
    }
    let cents = |amount| Cents(amount).to_string();
    console.print(&format!(
        "  charge {}, allowed {}, paid {}, patient {}, posted {}",
        cents(claim.charge_cents),
        cents(claim.allowed_cents),
        cents(claim.paid_cents),
        cents(claim.patient_cents),
        cents(claim.posted_cents),
    ));
    let hash = claim.state_hash.map_or_else(|| "none".to_owned(), |hash| to_hex(&hash));
    console.print(&format!("  state hash {hash}"));
    for event in &story.events {
        let mark = if event.turn == Some(Turn::OutOfTurn) { " (out of turn)" } else { "" };
        let (at, who) = (moment(event.time_ms), event.author.word());
        console.print(&format!("  {at}  {who:<8}  {}{mark}", event.words));
    }
}

fn story_json(story: &ClaimStory) -> Value {
    let claim = &story.claim;
    let events = story.events.iter().map(|event| {
        json!({
            "author": event.author.word(),
            "sequence": event.sequence,
            "time_ms": event.time_ms,
            "kind": event.kind,
            "words": event.words,
            "out_of_turn": event.turn == Some(Turn::OutOfTurn),
        })
    });
    json!({
        "partner": story.relation.partner,
        "subject": claim.subject,
        "standing": claim.standing,
        "state_hash": claim.state_hash.map(|hash| to_hex(&hash)),
        "claim_control_number": claim.claim_control_number,
        "patient_control_number": claim.patient_control_number,
        "charge_cents": claim.charge_cents,
        "allowed_cents": claim.allowed_cents,
        "paid_cents": claim.paid_cents,
        "patient_cents": claim.patient_cents,
        "posted_cents": claim.posted_cents,
        "dispute": claim.dispute,
        "events": events.collect::<Vec<_>>(),
    })
}

pub(super) fn scorecard(
    data: &Path,
    partner: &PartnerOption,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(data)?;
    let relation = relation(&mut store, partner)?;
    let card = store.transaction("compute the scorecard", |tx| compute(tx, &relation))?;
    if json {
        console.print_json(&card_json(&card));
        return Ok(Outcome::Done);
    }
    console.print(&format!("relationship {}", card.relationship));
    console.print(&format!("{} claims submitted, {} returned", card.submitted, card.rejected));
    console
        .print(&format!("{:<14} {:>8} {:>14} {:>14}", "promise", "claims", "median", "95 of 100"));
    for (name, promise) in promises(&card) {
        console.print(&format!(
            "{name:<14} {:>8} {:>14} {:>14}",
            promise.claims,
            duration(promise.median_ms),
            duration(promise.p95_ms)
        ));
    }
    console.print(&format!(
        "{} disputes answered, {} decisions overturned, {} claims with something out of turn",
        card.disputes_answered, card.overturned, card.out_of_turn
    ));
    Ok(Outcome::Done)
}

fn promises(card: &Scorecard) -> [(&'static str, Promise); 4] {
    [
        ("acknowledge", card.acknowledged),
        ("decide", card.decided),
        ("pay", card.paid),
        ("post", card.posted),
    ]
}

/// Days and hours, or seconds of what was quick.
fn duration(ms: i64) -> String {
    let seconds = ms / 1_000;
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    match (days, hours) {
        (0, 0) => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{days} d {hours} h"),
    }
}

fn card_json(card: &Scorecard) -> Value {
    let promises = promises(card).into_iter().map(|(name, promise)| {
        let told = json!({
            "claims": promise.claims,
            "median_ms": promise.median_ms,
            "p95_ms": promise.p95_ms,
        });
        (name.to_owned(), told)
    });
    json!({
        "relationship": card.relationship,
        "submitted": card.submitted,
        "rejected": card.rejected,
        "promises": promises.collect::<serde_json::Map<String, Value>>(),
        "disputes_answered": card.disputes_answered,
        "overturned": card.overturned,
        "out_of_turn": card.out_of_turn,
    })
}
