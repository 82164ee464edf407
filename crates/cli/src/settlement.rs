//! `counterfoil settlement`: a year is settled with a partner, stated by both and booked once.

use crate::arguments::settlement::{SettlementCommand, SettlementPrepare, WhichSettlement};
use crate::console::Console;
use crate::error::CommandError;
use crate::{Outcome, dollars, files, office, twin};
use counterfoil_base::Cents;
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    Booking, Comparison, PartnerSettlement, SettlementRequest, SuppliedFile, book_settlement,
    compare_settlement, prepare_settlement, settlement_document, settlement_of, settlements,
    state_settlement,
};
use counterfoil_operations::halves::Relation;
use counterfoil_settle::Settlement;
use counterfoil_store::Store;
use counterfoil_twin::{SettlementStanding, Stated, settlement_subject, to_hex};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn run(
    command: SettlementCommand,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    match command {
        SettlementCommand::Prepare(wanted) => prepare(&wanted, console),
        SettlementCommand::State { which, by } => state(&which, &by, console),
        SettlementCommand::List { data, json } => list(&data.data, json, console),
        SettlementCommand::Show { which, theirs, statements } => {
            show(&which, (theirs, statements.as_deref()), console)
        }
        SettlementCommand::Book { which, on, despite, reason } => {
            let on = on.unwrap_or_else(|| console.today());
            let booking = Booking { on, despite: despite.as_deref().zip(reason.as_deref()) };
            book(&which, &booking, console)
        }
    }
}

fn refused(error: OperationsError) -> CommandError {
    CommandError::operator(error, "`settlement list` and `contract list` show what stands")
}

/// The database, the partner and the settlement's name in the record.
fn opened(which: &WhichSettlement) -> Result<(Store, Relation, String), CommandError> {
    let mut store = office::open_any(&which.data.data)?;
    let relation = twin::relation(&mut store, &which.partner)?;
    let subject = settlement_subject(&which.contract, &which.year.to_string());
    Ok((store, relation, subject.to_string()))
}

/// The same to change something, which a restored folder must not before it has met everyone.
fn opened_to_work(which: &WhichSettlement) -> Result<(Store, Relation, String), CommandError> {
    office::expect_not_restored(&which.data.data)?;
    let opened = opened(which)?;
    office::expect_met(&which.data.data, &opened.1.relationship.id)?;
    Ok(opened)
}

fn prepare(wanted: &SettlementPrepare, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let which = &wanted.which;
    let (mut store, relation, subject) = opened_to_work(which)?;
    let name = files::file_name(&wanted.facts);
    let facts = files::read(&wanted.facts)?;
    let mut rows = Vec::new();
    for one in &wanted.rows {
        rows.push((one.rows.as_str(), files::file_name(&one.file), files::read(&one.file)?));
    }
    let supplied =
        rows.iter().map(|(rows, name, bytes)| (*rows, SuppliedFile { name, bytes })).collect();
    let request = SettlementRequest {
        contract_id: &which.contract,
        year: which.year,
        on: wanted.on,
        facts: SuppliedFile { name: &name, bytes: &facts },
        rows: supplied,
        term: wanted.term.as_deref(),
        basis: wanted.basis.into(),
        milestones: wanted.milestone.clone(),
    };
    let done = store.transaction("settle a year", |tx| {
        let settlement = prepare_settlement(tx, &relation, &request)?;
        let known = settlement_of(tx, &relation, &subject)?;
        let known = known.ok_or(OperationsError::Unreadable("a settlement"))?;
        let comparison = compare_settlement(tx, &known)?;
        Ok((settlement, comparison))
    });
    let (settlement, comparison) = done.map_err(refused)?;
    if which.json {
        console.print_json(&json!({
            "settlement": settlement.sha256(),
            "contract": settlement.contract.sha256,
            "amount_cents": settlement.amount_cents,
            "rows": settlement.statements.len(),
            "comparison": comparison_json(&comparison),
        }));
    } else {
        console.print(&in_words(&settlement));
    }
    console.say(&told(&comparison, &relation));
    Ok(outcome(&comparison))
}

/// Who pays whom how much.
fn who_pays(amount: Cents) -> String {
    match amount.0 {
        0 => "nothing is to be paid".to_owned(),
        1.. => format!("the payer pays {}", dollars(amount.0.into())),
        _ => format!("the provider pays {}", dollars(-i128::from(amount.0))),
    }
}

fn in_words(settlement: &Settlement) -> String {
    let rows = match settlement.statements.len() {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    };
    format!(
        "{} {}, {}, {rows}: {}\nsettlement SHA-256 {}\ncontract   SHA-256 {}",
        settlement.contract.id,
        settlement.year,
        settlement.basis.word(),
        who_pays(Cents(settlement.amount_cents)),
        settlement.sha256(),
        settlement.contract.sha256
    )
}

fn told(comparison: &Comparison, relation: &Relation) -> String {
    match comparison {
        Comparison::Same => format!("{} states the same", relation.partner),
        Comparison::Parts(parting) => format!(
            "{} states something else; the first place (ours and theirs): {}",
            relation.partner,
            parting.sentence()
        ),
        Comparison::Unknown(why) => why.clone(),
    }
}

fn comparison_json(comparison: &Comparison) -> Value {
    match comparison {
        Comparison::Same => json!({ "standing": "same" }),
        Comparison::Parts(parting) => json!({ "standing": "parts", "parting": parting }),
        Comparison::Unknown(why) => json!({ "standing": "unknown", "why": why }),
    }
}

fn outcome(comparison: &Comparison) -> Outcome {
    match comparison {
        Comparison::Parts(_) => Outcome::Findings,
        Comparison::Same | Comparison::Unknown(_) => Outcome::Done,
    }
}

fn state(
    which: &WhichSettlement,
    by: &str,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (mut store, relation, subject) = opened_to_work(which)?;
    let done = store.transaction("state a settlement", |tx| {
        let status = state_settlement(tx, &relation, (&subject, by))?;
        Ok((status, settlement_of(tx, &relation, &subject)?))
    });
    let (status, known) = done.map_err(refused)?;
    let standing = known.map_or(SettlementStanding::None, |known| known.state.standing());
    if which.json {
        console.print_json(&json!({
            "subject": subject,
            "status": status.word(),
            "standing": standing.word(),
        }));
    }
    console.say(&format!("stated as {} by {by}; {}", status.word(), in_plain(standing)));
    console.say("the node's key signs it at the next look");
    Ok(Outcome::Done)
}

fn in_plain(standing: SettlementStanding) -> &'static str {
    match standing {
        SettlementStanding::None => "nobody has stated it",
        SettlementStanding::StatedBy(_) => "one side has stated it",
        SettlementStanding::Agreed => "the same on both sides",
        SettlementStanding::Differs => "the two sides differ",
    }
}

fn list(data: &Path, is_json: bool, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let mut store = office::open_any(data)?;
    let all = store.read("settlements", |tx| {
        let mut all = Vec::new();
        for known in settlements(tx)? {
            let comparison = compare_settlement(tx, &known)?;
            all.push((known, comparison));
        }
        Ok::<_, OperationsError>(all)
    });
    let all = all.map_err(refused)?;
    let mut is_whole = true;
    for (known, comparison) in &all {
        let standing = known.state.standing();
        is_whole &= standing != SettlementStanding::Differs;
        if is_json {
            console.print_json(&as_json(known, comparison));
        } else {
            show_one(known, comparison, console);
        }
    }
    if all.is_empty() {
        console.say("nothing was settled");
    }
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}

fn show_one(known: &PartnerSettlement, comparison: &Comparison, console: &mut Console<'_>) {
    let PartnerSettlement { relation, contract_id, period, state, .. } = known;
    let partner = &relation.partner;
    let standing = in_plain(state.standing());
    console.print(&format!("{partner}  {contract_id} {period}: {standing}"));
    for (whose, stated) in [("ours", known.ours()), ("theirs", known.theirs())] {
        if let Some(stated) = stated {
            console.print(&format!(
                "  {whose:<7} {}, {}, stated by {}, {}",
                who_pays(stated.amount_cents),
                stated.status.word(),
                stated.stated_by,
                to_hex(&stated.statement)
            ));
        }
    }
    if let Some(prepared) = known.prepared.as_ref().filter(|_| known.waits_to_be_stated()) {
        console.print(&format!(
            "  prepared and not stated: {}, {}, {}",
            who_pays(prepared.amount_cents),
            prepared.basis.word(),
            prepared.digest
        ));
    }
    if let Comparison::Parts(parting) = comparison {
        console.print(&format!("  first place where they part: {}", parting.sentence()));
    }
    for posting in &known.postings {
        let despite = match posting.decided_by.as_str() {
            "" => String::new(),
            name => format!(", without agreement, by {name}: {}", posting.reason),
        };
        console.print(&format!(
            "  booked  {} on {}, {}{despite}",
            who_pays(posting.amount_cents),
            posting.posted_on,
            posting.basis
        ));
    }
}

fn as_json(known: &PartnerSettlement, comparison: &Comparison) -> Value {
    let stated = |one: &Stated| {
        json!({
            "statement": to_hex(&one.statement),
            "contract": to_hex(&one.contract),
            "facts": to_hex(&one.facts),
            "amount_cents": one.amount_cents.0,
            "rows": one.rows,
            "status": one.status.word(),
            "by": one.stated_by.as_str(),
            "is_said": one.sequence.is_some(),
        })
    };
    let booked: Vec<Value> = known
        .postings
        .iter()
        .map(|one| {
            json!({
                "statement": one.digest,
                "basis": one.basis,
                "amount_cents": one.amount_cents.0,
                "on": one.posted_on,
                "decided_by": one.decided_by,
                "reason": one.reason,
            })
        })
        .collect();
    let prepared = known.prepared.as_ref().map(|one| {
        json!({
            "statement": one.digest,
            "basis": one.basis.word(),
            "amount_cents": one.amount_cents.0,
            "waits": known.waits_to_be_stated(),
        })
    });
    json!({
        "partner": known.relation.partner,
        "contract": known.contract_id,
        "period": known.period,
        "standing": known.state.standing().word(),
        "ours": known.ours().map(stated),
        "theirs": known.theirs().map(stated),
        "prepared": prepared,
        "comparison": comparison_json(comparison),
        "booked": booked,
    })
}

fn show(
    which: &WhichSettlement,
    (theirs, folder): (bool, Option<&Path>),
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (mut store, relation, subject) = opened(which)?;
    let found = store.read("a settlement", |tx| {
        let known = settlement_of(tx, &relation, &subject)?;
        let digest = known.as_ref().and_then(|known| {
            let stated = if theirs { known.theirs() } else { known.ours() };
            let prepared = || known.prepared.as_ref().filter(|_| !theirs);
            let stated = stated.map(|stated| to_hex(&stated.statement));
            stated.or_else(|| prepared().map(|prepared| prepared.digest.clone()))
        });
        match digest {
            Some(digest) => settlement_document(tx, &digest),
            None => Ok(None),
        }
    });
    let Some(settlement) = found.map_err(refused)? else {
        let whose = if theirs { relation.partner.as_str() } else { "this side" };
        let message = format!("no settlement of {subject} by {whose} is here");
        return Err(CommandError::operator(message, "`settlement list` shows what is here"));
    };
    if which.json {
        console.print_json(&json!(settlement));
    } else {
        console.print(&in_words(&settlement));
        for row in &settlement.statements {
            let amount = row.result.as_ref().map_or(0, |result| result.amount_cents);
            console.print(&format!("  {}: {}", row.subject, dollars(amount.into())));
        }
    }
    if let Some(folder) = folder {
        let (year, all) = (settlement.year, settlement.statements);
        crate::contract::write_statements(&all, folder, console)?;
        console.say(&format!("`contract explain` opens each number of {year}"));
    }
    Ok(Outcome::Done)
}

fn book(
    which: &WhichSettlement,
    booking: &Booking<'_>,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let (mut store, relation, subject) = opened_to_work(which)?;
    let done = store
        .transaction("book a settlement", |tx| book_settlement(tx, &relation, (&subject, booking)));
    let booked = done.map_err(refused)?;
    if which.json {
        console.print_json(&json!({
            "subject": subject,
            "is_new": booked.is_new,
            "owed_cents": booked.owed_cents.0,
            "paid_cents": booked.paid_cents.0,
        }));
    }
    console.say(&match booked.is_new {
        true => format!(
            "booked: owed {}, {}",
            dollars(booked.owed_cents.0.into()),
            who_pays(booked.paid_cents)
        ),
        false => "it was booked before; nothing was changed".to_owned(),
    });
    Ok(Outcome::Done)
}
