//! Two sessions in one process come into step after a long partition.
//!
//! `cargo bench -p counterfoil-twin --bench sync -- 1000000`; prints figures, judges nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_twin::sync::{CheckRunner, HalfEntry, Input, Output, Session};
use counterfoil_twin::*;
use std::collections::VecDeque;
use std::time::Instant;

/// Runs a part of the checks on each core.
fn on_all_cores(checks: &[EventCheck]) -> Option<(usize, Refusal)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let size = checks.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = checks
            .chunks(size)
            .enumerate()
            .map(|(part, checks)| (part, scope.spawn(move || first_refusal(checks))))
            .collect();
        let refused = parts.into_iter().filter_map(|(part, handle)| {
            let (at, why) = handle.join().expect("a check does not panic")?;
            Some((part * size + at, why))
        });
        refused.min_by_key(|(at, _)| *at)
    })
}

fn half(
    count: u64,
    key: &PrivateKey,
    relationship: Relationship,
    nonce: &[u8; 32],
) -> Vec<HalfEntry> {
    let mut twin = Twin::new(relationship);
    let mut entries = Vec::new();
    let stamp = |n: u64| Stamp { time_ms: 1_772_409_600_000, secret: sha256(&[&n.to_be_bytes()]) };
    let first = opening(&relationship, nonce, ["Plan", "Clinic"]);
    for n in 0..count {
        let statement = if n == 0 {
            first.clone()
        } else {
            // About as long as the events of a claim.
            let id = &to_hex(&sha256(&[&(n / 3).to_be_bytes()]))[..32];
            Statement {
                kind: "note.decided".into(),
                subject: format!("claim/{id}").into(),
                fields: vec![
                    Field::text("outcome", "approved"),
                    Field::integer("allowed_cents", 8_000),
                    Field::integer("paid_cents", 7_500),
                    Field::integer("patient_cents", 500),
                ],
            }
        };
        let draft = twin.draft(Author::Payer, key, statement, stamp(n)).expect("it may be said");
        twin.append(&draft).expect("it is the next one");
        entries
            .push(HalfEntry { event: draft.event().encode(), body: Some(draft.body().encode()) });
    }
    entries
}

/// Answers what a session asks of its caller, and gives what it sends.
fn act(session: &mut Session, input: Input, disk: &[HalfEntry], sent: &mut VecDeque<Vec<u8>>) {
    let mut inputs = VecDeque::from([input]);
    while let Some(input) = inputs.pop_front() {
        for output in session.handle(input).expect("the caller keeps the rules") {
            match output {
                Output::Send { bytes, .. } => sent.push_back(bytes),
                Output::Store(verified) => {
                    let last = verified.last().expect("never empty");
                    inputs.push_back(Input::Stored { size: last.event.sequence + 1 });
                }
                Output::ReadOwn { first, bytes_max } => {
                    let mut bytes = 0;
                    let start = usize::try_from(first).expect("it is in memory");
                    let fits = |entry: &&HalfEntry| {
                        bytes += entry.size_bytes();
                        bytes <= bytes_max
                    };
                    let entries = disk[start..].iter().take_while(fits).cloned().collect();
                    inputs.push_back(Input::OwnEvents { first, entries });
                }
                Output::Close { stop, .. } => panic!("{stop:?}"),
                Output::Refused(refused) => panic!("{refused:?}"),
                _ => {}
            }
        }
    }
}

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let count: u64 = count.unwrap_or(100_000);
    let (key, other) = (PrivateKey::from_seed(&[1; 32]), PrivateKey::from_seed(&[2; 32]));
    let nonce = [3; 32];
    let relationship = Relationship::new(key.public_key(), other.public_key(), &nonce);
    let start = Instant::now();
    let disk = half(count, &key, relationship, &nonce);
    println!("{count} events signed in {} ms", start.elapsed().as_millis());
    let stored: usize = disk.iter().map(HalfEntry::size_bytes).sum();
    let runners: [(&str, CheckRunner); 2] =
        [("one core", first_refusal), ("all cores", on_all_cores)];
    for (name, run) in runners {
        let start = Instant::now();
        let mut payer = Session::new(Author::Payer, relationship);
        for entry in &disk {
            payer.restore(Author::Payer, entry).expect("it is the next one");
        }
        println!("{name}: author's session restored in {} ms", start.elapsed().as_millis());
        let mut provider = Session::new(Author::Provider, relationship).with_checks(run);
        let start = Instant::now();
        let mut wires = [VecDeque::new(), VecDeque::new()];
        let (mut bytes, mut messages, mut most) = (0, 0, 0);
        let connected = |nonce| Input::Connected { nonce, now_ms: 1_772_409_600_000 };
        act(&mut payer, connected(1), &disk, &mut wires[1]);
        act(&mut provider, connected(2), &[], &mut wires[0]);
        while wires.iter().any(|wire| !wire.is_empty()) {
            most = most.max(wires[1].iter().map(Vec::len).sum::<usize>());
            if let Some(message) = wires[0].pop_front() {
                bytes += message.len();
                act(&mut payer, Input::Received(message), &disk, &mut wires[1]);
            }
            if let Some(message) = wires[1].pop_front() {
                (bytes, messages) = (bytes + message.len(), messages + 1);
                act(&mut provider, Input::Received(message), &[], &mut wires[0]);
            }
        }
        assert_eq!(provider.size(Author::Payer), count);
        let millis = start.elapsed().as_millis().max(1);
        println!(
            "{name}: {count} events in {millis} ms, {} events/s; {bytes} bytes in {messages} \
             messages ({stored} bytes of entries); at most {most} bytes on the way",
            u128::from(count) * 1_000 / millis
        );
    }
}
