//! Vectors of contracts and settlements: what was signed and stated, and what follows from it.

use super::Story;
use counterfoil_base::{Cents, Date, Text};
use counterfoil_twin::*;
use serde_json::{Value as Json, json};

fn author(sign: char) -> Author {
    if sign == 'P' { Author::Payer } else { Author::Provider }
}

fn digest(number: &str) -> Hash {
    [number.parse().unwrap(); 32]
}

/// `P1@2025-01-01` or `Q2@2025-07-01>1#4`: who signs which digest for which day, replacing what,
/// at which moment.
fn signed(word: &str) -> ContractSaid {
    let (word, at) = word.split_once('#').map_or((word, None), |(a, b)| (a, Some(b)));
    let (rest, replaces) = word.split_once('>').map_or((word, None), |(a, b)| (a, Some(b)));
    let (who, from) = rest.split_once('@').unwrap();
    let (sign, number) = who.split_at(1);
    let at: Option<i64> = at.map(|at| at.parse().unwrap());
    let signature = ContractSignature {
        signed_by: Text::from("A"),
        time_ms: at.unwrap_or(0),
        sequence: at.map(|at| at as u64),
    };
    ContractSaid {
        author: author(sign.chars().next().unwrap()),
        digest: digest(number),
        effective_on: from.parse::<Date>().unwrap(),
        replaces: replaces.map(digest),
        signature,
    }
}

fn contract(name: &str, said: &[ContractSaid]) -> Json {
    let optional = |digest: Option<Hash>| digest.map(|digest| to_hex(&digest));
    let events: Vec<Json> = said
        .iter()
        .map(|one| {
            json!({
                "author": one.author.word(), "digest": to_hex(&one.digest),
                "effective_on": one.effective_on.to_string(), "replaces": optional(one.replaces),
                "time_ms": one.signature.sequence.map(|_| one.signature.time_ms),
            })
        })
        .collect();
    let state = ContractState::fold(said);
    let expected: Vec<Json> = state
        .versions
        .iter()
        .map(|one| {
            let until = match one.standing {
                VersionStanding::Signed { until } => until.map(|until| until.to_string()),
                _ => None,
            };
            json!({
                "digest": to_hex(&one.digest), "effective_on": one.effective_on.to_string(),
                "replaces": optional(one.replaces), "standing": one.standing.word(),
                "until": until,
            })
        })
        .collect();
    json!({
        "name": name, "events": events, "expected": expected, "out_of_turn": state.out_of_turn,
    })
}

fn said_of<T>(story: &Story, kind: &str, read: impl Fn(&Event, &Body) -> Option<T>) -> Vec<T> {
    let all = story.entries.iter().flatten().filter(|(event, _)| event.kind == kind);
    all.map(|(event, body)| read(event, body).unwrap()).collect()
}

pub fn contracts(story: &Story) -> Vec<Json> {
    let told = said_of(story, "contract.signed", |event, body| {
        ContractSaid::of(event.author, body, (event.time_ms, Some(event.sequence)))
    });
    let mut rows = vec![contract("of the full story", &told)];
    for (name, words) in [
        ("one has signed", "P1@2025-01-01"),
        ("both have signed", "P1@2025-01-01 Q1@2025-01-01"),
        ("another text for the day", "P1@2025-01-01 Q2@2025-01-01"),
        ("another day for the text", "P1@2025-01-01 Q1@2025-02-01"),
        ("a proposal passed over", "P1@2025-01-01 P2@2025-01-01 Q2@2025-01-01"),
        ("an amendment", "P1@2025-01-01 Q1@2025-01-01 P2@2025-07-01>1 Q2@2025-07-01>1"),
        (
            "an amendment that does not say what it replaces",
            "P1@2025-01-01 Q1@2025-01-01 P2@2025-07-01 Q2@2025-07-01",
        ),
        (
            "two texts signed by both for one day",
            "P1@2025-01-01 Q1@2025-01-01 P2@2025-01-01 Q2@2025-01-01",
        ),
        ("corrected before its day", "P1@2025-01-01 Q1@2025-01-01 P2@2025-01-01>1 Q2@2025-01-01>1"),
        (
            "each in the place of the other",
            "P1@2025-01-01>2 Q1@2025-01-01>2 P2@2025-01-01>1 Q2@2025-01-01>1",
        ),
        (
            "two amendments of one text",
            "P1@2025-01-01 Q1@2025-01-01 P2@2026-01-01>1 Q2@2026-01-01>1 P3@2026-01-01>1 \
             Q3@2026-01-01>1",
        ),
        (
            "a correction before its day, signed by one",
            "P1@2025-01-01 Q1@2025-01-01 P2@2025-01-01>1",
        ),
        (
            "an old proposal signed after another is in force",
            "P1@2025-01-01#1 P2@2025-01-01#2 Q2@2025-01-01#3 Q1@2025-01-01#4",
        ),
        (
            "an old proposal for an earlier day",
            "P1@2024-01-01#1 P2@2025-01-01#2 Q2@2025-01-01#3 Q1@2024-01-01#4",
        ),
        (
            "the second of two amendments of one text",
            "P1@2025-01-01#1 Q1@2025-01-01#2 P2@2026-01-01>1#3 P3@2026-01-01>1#4 \
             Q3@2026-01-01>1#5 Q2@2026-01-01>1#6",
        ),
        (
            "an amendment signed before its ground",
            "P2@2026-01-01>1#1 Q2@2026-01-01>1#2 P1@2025-01-01#3 Q1@2025-01-01#4",
        ),
        ("signed twice", "P1@2025-01-01 P1@2025-01-01 Q1@2025-01-01"),
    ] {
        let said: Vec<ContractSaid> = words.split_whitespace().map(signed).collect();
        rows.push(contract(name, &said));
    }
    rows
}

/// `Pf1` or `Qr2>1`: who states which digest as provisional, final or restated, replacing what.
fn stated(word: &str) -> Stated {
    let (rest, replaces) = word.split_once('>').map_or((word, None), |(a, b)| (a, Some(b)));
    let mut letters = rest.chars();
    let (sign, status) = (letters.next().unwrap(), letters.next().unwrap());
    let status = match status {
        'p' => SettlementStatus::Provisional,
        'f' => SettlementStatus::Final,
        _ => SettlementStatus::Restated,
    };
    Stated {
        author: author(sign),
        contract: [7; 32],
        facts: [8; 32],
        statement: digest(letters.as_str()),
        amount_cents: Cents(100),
        rows: 1,
        status,
        replaces: replaces.map(digest),
        stated_by: Text::from("A"),
        time_ms: 0,
        sequence: None,
    }
}

fn settlement(name: &str, said: &[Stated]) -> Json {
    let optional = |digest: Option<Hash>| digest.map(|digest| to_hex(&digest));
    let events: Vec<Json> = said
        .iter()
        .map(|one| {
            json!({
                "author": one.author.word(), "contract": to_hex(&one.contract),
                "facts": to_hex(&one.facts), "statement": to_hex(&one.statement),
                "amount_cents": one.amount_cents.0, "rows": one.rows,
                "status": one.status.word(), "replaces": optional(one.replaces),
            })
        })
        .collect();
    let state = SettlementState::fold(said);
    let sides = |sides: &Sides| -> Vec<Option<String>> {
        let of = |author| sides.of(author).map(|one| to_hex(&one.statement));
        Author::BOTH.map(of).into()
    };
    json!({
        "name": name, "events": events, "provisional": sides(&state.provisional),
        "answer": sides(&state.answer), "standing": state.standing().word(),
        "out_of_turn": state.out_of_turn,
    })
}

pub fn settlements(story: &Story) -> Vec<Json> {
    let told = said_of(story, "settlement.stated", |event, body| {
        Stated::of(event.author, body, (event.time_ms, Some(event.sequence)))
    });
    let mut rows = vec![settlement("of the full story", &told)];
    for (name, words) in [
        ("nothing", ""),
        ("one has stated", "Pf1"),
        ("both the same", "Pf1 Qf1"),
        ("both, and not the same", "Pf1 Qf2"),
        ("the one restates and they agree", "Pf1 Qf2 Qr1>2"),
        ("restated by both", "Pf1 Qf1 Pr2>1 Qr2>1"),
        ("provisional, then the answer of one", "Pp1 Qp1 Pf2"),
        ("a provisional one follows another", "Pp1 Pp2>1 Qp2"),
        ("provisional twice without saying so", "Pp1 Pp2"),
        ("final twice", "Pf1 Pf2"),
        ("restated before an answer", "Pr1"),
        ("provisional after the answer", "Pf1 Pp2"),
        ("restated with the same", "Pf1 Pr1>1"),
    ] {
        let said: Vec<Stated> = words.split_whitespace().map(stated).collect();
        rows.push(settlement(name, &said));
    }
    let mut other = [stated("Pf1"), stated("Qf1")];
    other[1].amount_cents = Cents(101);
    rows.push(settlement("the same statement with another amount", &other));
    rows
}
