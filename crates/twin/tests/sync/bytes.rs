//! Hellos, messages and limits, byte by byte.

use super::peer::*;
use super::world::*;
use counterfoil_twin::sync::*;
use counterfoil_twin::*;
use proptest::prelude::*;

#[test]
fn a_hello_is_answered_once_and_only_an_echo_begins() {
    let mut node = Node::new(Author::Payer);
    let first = node.give(Input::Connected { nonce: OURS, now_ms: START_MS });
    let own = node.disk.halves[0][0].event.clone();
    let own = TreeHead { size: 1, root: leaf_hash(&own) };
    let ours = Hello { nonce: OURS, echo: 0, role: 1, own, ..Hello::usual() };
    assert_eq!(first, [ours.bytes()]);
    // An old hello is answered, whatever it says of sizes, and nothing else follows.
    let copy = TreeHead { size: 50, root: [1; 32] };
    let old = Hello { nonce: 3, echo: 4, copy, ..Hello::usual() };
    let answer = Hello { echo: 3, ..ours.clone() };
    assert_eq!(node.give(Input::Received(old.bytes())), [answer.bytes()]);
    assert!(node.give(Input::Received(old.bytes())).is_empty());
    // The right one is answered, and events follow; again, nothing does.
    let right = Hello::usual();
    let answer = Hello { echo: THEIRS, ..ours.clone() };
    assert_eq!(node.give(Input::Received(right.bytes())), [answer.bytes()]);
    assert_eq!(node.work().len(), 1);
    for again in [right, old] {
        assert!(node.give(Input::Received(again.bytes())).is_empty());
    }
    assert_eq!(node.session.status().state, SyncState::Behind);
    // A message with another tag is of another connection.
    let mut stale = tagged(2, &[&[5, 0], &[0; 16]]);
    stale[8] ^= 1;
    assert!(node.give(Input::Received(stale)).is_empty());
    assert_eq!(node.session.stale_messages(), 1);
}

#[test]
fn hellos_that_do_not_fit_end_the_connection_with_their_reason() {
    let hours = 3_600_000;
    let minutes = 60_000;
    let usual = Hello::usual;
    let cases = [
        (Hello { version: 2, ..usual() }, Some((2, Stop::Version { theirs: 2 }))),
        (Hello { version: 0, ..usual() }, Some((2, Stop::Version { theirs: 0 }))),
        (Hello { relationship: [1; 32], ..usual() }, Some((3, Stop::Relationship))),
        (Hello { role: 1, ..usual() }, Some((3, Stop::Relationship))),
        (
            Hello { time_ms: START_MS + 24 * hours, ..usual() },
            Some((4, Stop::Clock { ahead_ms: Some(86_400_000) })),
        ),
        (
            Hello { time_ms: START_MS - 5 * minutes - 1, ..usual() },
            Some((4, Stop::Clock { ahead_ms: Some(-300_001) })),
        ),
        (Hello { time_ms: START_MS - 5 * minutes, ..usual() }, None),
        (
            Hello { own: TreeHead { size: 0, root: [1; 32] }, ..usual() },
            Some((5, Stop::Protocol { detail: Some("a half without events has a root") })),
        ),
    ];
    for (hello, expected) in cases {
        let peer = Peer::greet(Node::new(Author::Payer), &hello);
        let bye = peer.sent(2).first().map(|bye| bye[9]);
        let stop = peer.stop().cloned();
        assert_eq!(bye.zip(stop), expected);
        if expected.is_some() {
            // The bye has the tag of the hello.
            assert_eq!(peer.sent(2)[0][1..9], THEIRS.to_be_bytes());
        }
    }
    // What an operator reads.
    let clock = Stop::Clock { ahead_ms: Some(86_400_000) };
    let words = clock.message(Author::Payer, Side::Ours);
    assert_eq!(words, "the partner's clock is 86400 seconds ahead of this node's");
}

#[test]
fn the_examples_of_the_written_format_are_what_a_node_sends() {
    let text = include_str!("../../../../docs/reference/sync.md");
    let hex: String = text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let mut peer = Peer::new();
    let forge = Forge::new(&peer.node);
    peer.send(events(0, &forge.entries));
    let digest = sha256(&[b"nowhere"]);
    peer.send(tagged(10, &[&digest, &0u64.to_be_bytes()]));
    let mut damaged = Forge::new(&peer.node);
    damaged.note(|event| event.time_ms -= 1);
    peer.send(events(1, &damaged.entries[1..]));
    peer.send(tagged(8, &[&1u64.to_be_bytes(), &[1], &[0; 16], &[0; 8], &1u64.to_be_bytes()]));
    let frames = peer.node.give(Input::AskAboutClaims { question: Vec::new() });
    peer.frames.extend(frames);
    let frames = peer.node.give(Input::Finish);
    peer.frames.extend(frames);
    let mut missing = String::new();
    for kind in [1, 2, 3, 4, 5, 8, 9, 12] {
        let sent = to_hex(peer.sent(kind)[0]);
        missing.push_str(&if hex.contains(&sent) {
            String::new()
        } else {
            let lines = sent.as_bytes().chunks(96).map(|line| std::str::from_utf8(line).unwrap());
            format!("kind {kind}\n\n    {}\n\n", lines.collect::<Vec<_>>().join("\n    "))
        });
    }
    assert!(missing.is_empty(), "not in the text:\n{missing}");
}

#[test]
fn every_bye_is_understood_in_its_one_form() {
    let bye = |reason: u8, half: u8, first: u64, second: u64| {
        tagged(2, &[&[reason, half], &first.to_be_bytes(), &second.to_be_bytes()])
    };
    let payer = Author::Payer;
    for (message, expected) in [
        (bye(1, 0, 0, 0), Some(Stop::Finished)),
        (bye(2, 0, 3, 0), Some(Stop::Version { theirs: 3 })),
        (bye(3, 0, 0, 0), Some(Stop::Relationship)),
        (bye(4, 0, 0, 0), Some(Stop::Clock { ahead_ms: None })),
        (bye(5, 0, 0, 0), Some(Stop::Protocol { detail: None })),
        (bye(6, 0, 0, 0), Some(Stop::CannotStore)),
        (bye(7, 1, 2, 3), Some(Stop::Shorter { half: payer, author_size: 2, copy_size: 3 })),
        (bye(8, 1, 2, 0), Some(Stop::Differs { half: payer, sequence: 2 })),
        (bye(8, 1, 2, 1), None),
        (bye(8, 3, 2, 0), None),
        (bye(1, 0, 1, 0), None),
        (bye(2, 0, 256, 0), None),
        (bye(9, 0, 0, 0), None),
        (bye(0, 0, 0, 0), None),
    ] {
        let mut peer = Peer::new();
        peer.send(message.clone());
        let bad = Stop::Protocol { detail: Some("a bye is not in its form") };
        assert_eq!(peer.stop(), Some(&expected.unwrap_or(bad)), "{message:?}");
        // Nothing more is taken from a connection that has ended.
        let said = peer.node.said.len();
        peer.send(message);
        assert_eq!(peer.node.said.len(), said);
    }
}

#[test]
fn messages_that_are_not_allowed_end_the_connection() {
    let forge = Forge::new(&Node::new(Author::Payer));
    let long = HalfEntry { event: forge.entries[0].event.clone(), body: Some(vec![0; 280_000]) };
    let cut = events(0, &forge.entries);
    let number = |n: u64| n.to_be_bytes();
    for (message, name) in [
        (Vec::new(), "nothing"),
        (vec![1], "a cut hello"),
        (tagged(0, &[]), "kind 0"),
        (tagged(13, &[]), "an unknown kind"),
        (tagged(255, &[&[0; 50]]), "another unknown kind"),
        (events(0, &[]), "no events"),
        (cut[..cut.len() - 1].to_vec(), "a cut entry"),
        (events(0, &[long]), "too long"),
        (vec![3; MESSAGE_BYTES_MAX + 1], "too long of another tag"),
        (events(1, &forge.entries), "a gap"),
        (tagged(4, &[&number(2)]), "more acknowledged than there are"),
        (tagged(4, &[&number(1), &[0]]), "left over"),
        (tagged(5, &[&[1, 0], &number(0), &ZERO]), "no code"),
        (tagged(5, &[&[1, 18], &number(0), &ZERO]), "an unknown code"),
        (tagged(5, &[&[4, 1], &number(0), &ZERO]), "about another thing"),
        (tagged(5, &[&[3, 1], &number(0), &ZERO]), "a document with a code"),
        (tagged(6, &[&[0; 145]]), "a head of nobody"),
        (tagged(7, &[&[0; 241]]), "a short head entry"),
        (tagged(9, &[&number(1)]), "half an answer"),
        (tagged(12, &[&[0; 31]]), "a short digest"),
    ] {
        let mut peer = Peer::new();
        assert_eq!(peer.stop(), None);
        peer.send(message);
        assert!(matches!(peer.stop(), Some(Stop::Protocol { detail: Some(_) })), "{name}");
        let bye = [&[2], THEIRS.to_be_bytes().as_slice(), &[5, 0], &[0; 16]].concat();
        assert_eq!(peer.sent(2), [&bye], "{name}");
    }
}

#[test]
fn a_sender_that_overdraws_the_window_is_cut_off() {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    let text = "x".repeat(60_000);
    for _ in 0..40 {
        let statement = Statement {
            kind: "note.made".into(),
            subject: "note".into(),
            fields: vec![Field::text("note", &text)],
        };
        forge.add(statement, |_| {});
    }
    let mut held = 0;
    for (first, entries) in (0u64..).step_by(4).zip(forge.entries.chunks(4)) {
        // Nothing is stored.
        peer.node.give(Input::Received(events(first, entries)));
        held = peer
            .node
            .tasks
            .iter()
            .map(|task| match task {
                Output::Store(verified) => verified.iter().map(|v| v.entry.size_bytes()).sum(),
                _ => 0,
            })
            .sum();
    }
    assert!(matches!(peer.stop(), Some(Stop::Protocol { .. })));
    assert!(held <= WINDOW_BYTES + MESSAGE_BYTES_MAX, "{held} bytes");
    assert!(held > WINDOW_BYTES / 2, "{held} bytes");
}

#[test]
fn the_largest_event_passes() {
    let mut world = World::new();
    let fields: Vec<Field> =
        (0..4).map(|n| Field::bytes(&format!("f{n}"), vec![0; 65_515])).collect();
    let subject = "s".repeat(160);
    let say = Statement { kind: "k".repeat(64).into(), subject: subject.into(), fields };
    world.with(0, |node| node.say(say));
    assert_eq!(world.nodes[0].disk.halves[0][1].body.as_ref().unwrap().len(), 262_126);
    world.heal();
    world.assert_equal();
}

#[test]
fn what_the_caller_may_not_give_is_told_and_changes_nothing() {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    forge.note(|_| {});
    let foreign = forge.entries.clone();
    let node = &mut peer.node;
    let before = node.session.status();
    let digest = [1; 32];
    for (input, expected) in [
        (Input::Stored { size: 1 }, Misuse::Stored),
        (Input::Connected { nonce: 0, now_ms: 0 }, Misuse::Nonce),
        (Input::Fetch { digest, held: RunningDigest::new() }, Misuse::Document),
        (Input::DocumentRead { digest, offset: 0, bytes: Vec::new() }, Misuse::Document),
        (Input::AnswerAboutClaims { answer: vec![0; MESSAGE_BYTES_MAX] }, Misuse::Question),
        (Input::AskAboutClaims { question: vec![0; MESSAGE_BYTES_MAX] }, Misuse::Question),
    ] {
        assert_eq!(node.session.handle(input), Err(expected));
    }
    let result = node.session.handle(Input::Appended(foreign));
    assert!(matches!(result, Err(Misuse::Own(finding)) if finding.code == Code::OtherRelationship));
    let head = node.twin.sign_head(Author::Payer, &PrivateKey::from_seed(&[9; 32]), 0);
    assert_eq!(node.session.handle(Input::HeadSigned(head)), Err(Misuse::Head));
    assert_eq!(node.session.status(), before);
}

#[test]
fn finishing_says_so() {
    let mut world = World::new();
    world.heal();
    world.with(1, |node| node.give(Input::Finish));
    world.settle();
    let end = |said_by| Output::Close { stop: Stop::Finished, said_by };
    assert!(world.nodes[1].said.contains(&end(Side::Ours)));
    assert!(world.nodes[0].said.contains(&end(Side::Theirs)));
    assert!(!Stop::Finished.needs_operator());
}

proptest! {
    #[test]
    fn no_message_makes_it_panic_or_grow(
        kind in 0u8..15,
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        is_tagged: bool
    ) {
        let mut peer = Peer::new();
        let message = if is_tagged { tagged(kind, &[&bytes]) } else { bytes };
        peer.send(message);
        prop_assert!(peer.frames.iter().map(Vec::len).sum::<usize>() < 100_000);
    }

    #[test]
    fn a_changed_byte_of_an_exchange_is_never_taken_as_an_event(
        at in any::<prop::sample::Index>(), bit in 0u8..8
    ) {
        let mut peer = Peer::new();
        let mut forge = Forge::new(&peer.node);
        forge.note(|_| {});
        forge.note(|_| {});
        let mut message = events(0, &forge.entries);
        let at = at.index(message.len());
        message[at] ^= 1 << bit;
        peer.send(message);
        let held = peer.node.disk.halves[1].len();
        prop_assert!(peer.node.disk.halves[1] == forge.entries[..held]);
        prop_assert!(held < 3);
    }
}
