//! Documents: resumed, damaged, absent, unnamed, too many at once.

use super::peer::*;
use super::world::*;
use counterfoil_twin::sync::*;
use counterfoil_twin::*;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 253) as u8).collect()
}

#[test]
fn a_document_is_fetched_on_after_cuts_and_crashes() {
    let mut world = World::new();
    let whole = bytes(PART_BYTES * 5 + 17);
    let digest = sha256(&[&whole]);
    world.with(0, |node| node.send_file(&whole));
    world.with(0, |node| node.send_file(&[]));
    world.connect();
    let held = |world: &World| world.nodes[1].disk.partial.get(&digest).map_or(0, Vec::len);
    for parts in 1..=4 {
        let mut steps = 0;
        while held(&world) < parts * PART_BYTES {
            steps += 1;
            assert!(steps < 1_000, "{} bytes", held(&world));
            for node in 0..2 {
                world.deliver(node, 0);
                world.deliver(node, 1);
                world.with(node, Node::work);
            }
        }
        if parts % 2 == 0 {
            world.nodes[1].crash();
        }
        world.connect();
    }
    let before = world.bytes;
    world.heal();
    world.assert_equal();
    assert!(world.bytes - before < 2 * PART_BYTES as u64 + 10_000);
    assert!(world.nodes[1].said.contains(&Output::DocumentComplete { digest }));
}

#[test]
fn an_event_does_not_wait_for_documents() {
    let mut world = World::new();
    world.heal();
    let whole = bytes(PART_BYTES * 3);
    world.with(0, |node| node.send_file(&whole));
    world.with(0, |node| node.note("soon"));
    // Nothing on the channel of documents is delivered.
    for _ in 0..50 {
        for node in 0..2 {
            world.deliver(node, 0);
            world.with(node, Node::work);
        }
    }
    assert_eq!(world.nodes[1].sizes(), [3, 1]);
    assert_eq!(world.wires[1][1].len(), 1);
    assert_eq!(world.nodes[0].session.status().state, SyncState::InStep);
    world.heal();
    world.assert_equal();
}

#[test]
fn what_is_not_named_is_absent_whether_it_exists_or_not() {
    let mut peer = Peer::new();
    peer.node.send_file(b"named");
    peer.node.disk.documents.insert(sha256(&[b"kept for another"]), b"kept for another".to_vec());
    for text in ["kept for another", "nowhere"] {
        let digest = sha256(&[text.as_bytes()]);
        peer.send(tagged(10, &[&digest, &0u64.to_be_bytes()]));
        let absent = [&[12], THEIRS.to_be_bytes().as_slice(), &digest].concat();
        assert_eq!(peer.sent(12).pop().unwrap(), &absent);
    }
    let digest = sha256(&[b"named"]);
    peer.send(tagged(10, &[&digest, &2u64.to_be_bytes()]));
    assert_eq!(peer.sent(11)[0][49..], *b"med");
    peer.send(tagged(10, &[&digest, &5u64.to_be_bytes()]));
    assert!(matches!(peer.stop(), Some(Stop::Protocol { detail: Some(_) })));
}

#[test]
fn a_named_document_that_cannot_be_read_is_absent_and_can_be_asked_for_again() {
    let mut world = World::new();
    let digest = sha256(&[b"later"]);
    world.with(0, |node| node.name_file(digest, 5));
    world.heal();
    let failed = Output::DocumentFailed { digest, why: DocumentFailure::Absent };
    assert!(world.nodes[1].said.contains(&failed));
    world.nodes[0].disk.documents.insert(digest, b"later".to_vec());
    world.with(1, |node| node.fetch(digest));
    world.settle();
    world.assert_equal();
}

#[test]
fn a_document_that_is_not_the_one_named_is_refused_on_both_sides() {
    let mut world = World::new();
    let digest = sha256(&[b"right"]);
    world.with(0, |node| node.name_file(digest, 5));
    world.nodes[0].disk.documents.insert(digest, b"wrong".to_vec());
    world.heal();
    let failed = Output::DocumentFailed { digest, why: DocumentFailure::Damaged };
    assert!(world.nodes[1].said.contains(&failed));
    for (node, by) in [(0, Side::Theirs), (1, Side::Ours)] {
        let refused = Output::Refused(Refused { by, what: RefusedWhat::Document(digest) });
        assert!(world.nodes[node].said.contains(&refused), "node {node}");
    }
    assert_eq!(world.nodes[1].session.status().state, SyncState::InStep);
}

#[test]
fn a_part_that_passes_the_end_or_is_empty_is_refused_and_one_not_asked_for_is_ignored() {
    for (part, is_refused) in [("ab", false), ("abc", true), ("", true)] {
        let mut peer = Peer::new();
        let mut forge = Forge::new(&peer.node);
        let digest = sha256(&[b"ab"]);
        let fields = vec![
            Field::digest("digest", digest),
            Field::integer("length", 2),
            Field::text("kind", "835"),
            Field::text("name", "x"),
        ];
        let subject = file_subject(&digest);
        forge.add(Statement { kind: "file.sent".into(), subject, fields }, |_| {});
        peer.send(events(0, &forge.entries));
        assert_eq!(peer.sent(10).len(), 1);
        let zero = 0u64.to_be_bytes();
        peer.send(tagged(11, &[&sha256(&[b"other"]), &zero, b"ab"]));
        peer.send(tagged(11, &[&digest, &1u64.to_be_bytes(), b"b"]));
        peer.send(tagged(11, &[&digest, &zero, part.as_bytes()]));
        peer.send(tagged(11, &[&digest, &zero, part.as_bytes()]));
        assert_eq!(peer.refused().len(), usize::from(is_refused));
        let complete = Output::DocumentComplete { digest };
        assert_eq!(peer.node.said.contains(&complete), !is_refused);
        assert_eq!(peer.stop(), None);
    }
}

#[test]
fn more_documents_at_once_than_allowed_end_the_connection() {
    let mut peer = Peer::new();
    let mut stop_at = None;
    for n in 0..=DOCUMENTS_AT_ONCE {
        peer.node.send_file(&[n as u8]);
        let digest = sha256(&[&[n as u8]]);
        // Reading is not done: the requests pile up.
        let message = tagged(10, &[&digest, &0u64.to_be_bytes()]);
        peer.node.give(Input::Received(message.clone()));
        peer.node.give(Input::Received(message));
        if stop_at.is_none() && peer.stop().is_some() {
            stop_at = Some(n);
        }
    }
    assert_eq!(stop_at, Some(DOCUMENTS_AT_ONCE));
    let is_read = |task: &&Output| matches!(task, Output::ReadDocument { .. });
    assert_eq!(peer.node.tasks.iter().filter(is_read).count(), DOCUMENTS_AT_ONCE);
}
