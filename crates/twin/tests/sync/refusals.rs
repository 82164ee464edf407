//! What a dishonest or mistaken party sends: each is refused with its code, and the rest goes on.

use super::peer::*;
use super::world::*;
use counterfoil_twin::sync::*;
use counterfoil_twin::*;

/// Sends two good events and a third one with a fault; gives the refusal.
fn refusal_of(fault: impl FnOnce(&mut Forge)) -> String {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    forge.note(|_| {});
    fault(&mut forge);
    forge.note(|_| {});
    peer.send(events(0, &forge.entries));
    let size = forge.entries.len() as u64;
    // What came before is kept and acknowledged; nothing behind it is taken on this connection.
    let held = peer.node.sizes()[1];
    assert!(held < size);
    if held > 0 {
        assert_eq!(peer.sent(4).last().unwrap()[9..], held.to_be_bytes());
    }
    peer.send(events(held, &forge.entries[held as usize..]));
    assert_eq!(peer.node.sizes()[1], held);
    assert_eq!(peer.stop(), None);
    assert_eq!(peer.node.session.status().state, SyncState::Refused);
    // The own half goes on.
    let before = peer.sent(3).len();
    let acknowledged = peer.node.sizes()[0];
    peer.send(tagged(4, &[&acknowledged.to_be_bytes()]));
    peer.node.note("on");
    while !peer.node.tasks.is_empty() {
        let frames = peer.node.work();
        peer.frames.extend(frames);
    }
    assert_eq!(peer.sent(3).len(), before + 1);
    let refused = peer.refused();
    let [(Side::Ours, words)] = refused.as_slice() else { panic!("{refused:?}") };
    let message = peer.sent(5);
    assert_eq!(message.len(), 1);
    let code: u8 = words[4..6].parse().unwrap();
    assert_eq!(message[0][9..11], [1, code]);
    assert_eq!(message[0][11..19], held.to_be_bytes());
    words.clone()
}

#[test]
fn every_fault_of_an_event_is_refused_with_its_code() {
    let last = |forge: &mut Forge, change: &dyn Fn(&mut HalfEntry)| {
        forge.note(|_| {});
        change(forge.entries.last_mut().unwrap());
    };
    let say = |forge: &mut Forge, kind: &str, subject: &str, field: Field| {
        let statement =
            Statement { kind: kind.into(), subject: subject.into(), fields: vec![field] };
        forge.add(statement, |_| {});
    };
    type Fault<'a> = Box<dyn FnOnce(&mut Forge) + 'a>;
    let faults: Vec<(&str, Fault<'_>)> = vec![
        ("TWN-02", Box::new(|f| last(f, &|e| e.event.truncate(150)))),
        ("TWN-02", Box::new(|f| last(f, &|e| e.event.resize(700, 0)))),
        ("TWN-02", Box::new(|f| last(f, &|e| e.event.clear()))),
        ("TWN-03", Box::new(|f| last(f, &|e| e.event[0] = 2))),
        ("TWN-03", Box::new(|f| f.note(|event| event.relationship = [9; 32]))),
        ("TWN-03", Box::new(|f| f.note(|event| event.author = Author::Payer))),
        ("TWN-04", Box::new(|f| f.note(|event| event.sequence += 1))),
        ("TWN-05", Box::new(|f| f.note(|event| event.previous = [9; 32]))),
        ("TWN-06", Box::new(|f| last(f, &|e| *e.event.last_mut().unwrap() ^= 1))),
        ("TWN-06", Box::new(|f| last(f, &|e| e.event[100] ^= 1))),
        ("TWN-07", Box::new(|f| f.note(|event| event.time_ms -= 1))),
        (
            "TWN-08",
            Box::new(|f| {
                f.note(|event| {
                    event.seen_size = 0;
                    event.seen_root = empty_root();
                })
            }),
        ),
        ("TWN-09", Box::new(|f| last(f, &|e| *e.body.as_mut().unwrap().last_mut().unwrap() ^= 1))),
        ("TWN-09", Box::new(|f| last(f, &|e| e.body = Some(vec![0; 30])))),
        (
            "TWN-09",
            Box::new(|f| {
                say(f, "key.rotated", "key", Field::text("x", "y"));
                f.entries.last_mut().unwrap().body = None;
            }),
        ),
        ("TWN-10", Box::new(|f| say(f, "claim.paid", "claim/x", Field::text("trace", "T")))),
        ("TWN-10", Box::new(|f| say(f, "pack.installed", "pack/x", Field::text("version", "1")))),
        ("TWN-10", Box::new(|f| say(f, "key.rotated", "key", Field::bytes("new_key", [4; 32])))),
        ("TWN-11", Box::new(|f| f.note(|event| event.seen_root = [9; 32]))),
        (
            "TWN-12",
            Box::new(|f| {
                f.note(|event| {
                    event.seen_size = 40;
                    event.seen_root = [9; 32];
                })
            }),
        ),
    ];
    let mut found = Vec::new();
    for (code, fault) in faults {
        let words = refusal_of(fault);
        assert!(words.starts_with(code), "{code}: {words}");
        found.push(code);
    }
    found.dedup();
    assert_eq!(found.len(), 11);
}

#[test]
fn a_half_that_does_not_open_the_relationship_is_refused() {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    forge.entries.clear();
    forge.note(|_| {});
    peer.send(events(0, &forge.entries));
    assert_eq!(peer.node.sizes(), [1, 0]);
    let refused = peer.refused();
    assert!(
        refused[0].1.starts_with("TWN-10") || refused[0].1.starts_with("TWN-16"),
        "{refused:?}"
    );
}

#[test]
fn a_second_story_is_found_and_the_first_one_stays() {
    for (is_signed, code) in [(true, "TWN-17"), (false, "TWN-04")] {
        let mut peer = Peer::new();
        let mut forge = Forge::new(&peer.node);
        forge.note(|_| {});
        forge.note(|_| {});
        peer.send(events(0, &forge.entries));
        assert_eq!(peer.node.sizes()[1], 3);
        let kept = peer.node.disk.halves[1].clone();
        let mut event = Event::decode(&forge.entries[1].event).unwrap();
        event.time_ms += 1;
        forge.entries[1].event = if is_signed { forge.sign(event) } else { event.encode() };
        peer.send(events(1, &forge.entries[1..]));
        let refused = peer.refused();
        assert!(refused[0].1.starts_with(code), "{refused:?}");
        assert!(refused[0].1.contains("event 1 of the provider's half"), "{refused:?}");
        assert!(peer.node.disk.halves[1] == kept);
    }
}

#[test]
fn after_a_refusal_the_next_connection_tries_the_same_event_again() {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    let good = forge.entries.clone();
    forge.note(|_| {});
    let mended = forge.entries.clone();
    forge.entries[1].body = Some(vec![1]);
    peer.send(events(0, &forge.entries));
    assert_eq!(peer.refused().len(), 1);
    let root = leaf_hash(&good[0].event);
    assert_eq!(peer.node.sizes()[1], 1);
    let mut node = peer.node;
    node.give(Input::Disconnected);
    let hello = Hello { own: TreeHead { size: 2, root }, ..Hello::usual() };
    let mut peer = Peer::greet(node, &hello);
    peer.send(events(1, &mended[1..]));
    assert_eq!(peer.node.sizes()[1], 2);
    assert_eq!(peer.node.session.status().to_receive, 0);
}

#[test]
fn a_head_that_does_not_hold_is_refused_and_events_go_on() {
    let mut peer = Peer::new();
    let mut forge = Forge::new(&peer.node);
    forge.note(|_| {});
    peer.send(events(0, &forge.entries));
    let mut tree = Tree::new();
    forge.entries.iter().for_each(|entry| tree.push(leaf_hash(&entry.event)));
    let good = Head {
        relationship: relationship().id,
        author: Author::Provider,
        tree: TreeHead { size: 2, root: tree.root() },
        time_ms: START_MS,
    };
    let key = first_key(Author::Provider);
    let message =
        |head: Head, key: &PrivateKey| tagged(6, &[&head.encode(), &head.sign(key).signature]);
    let other_root = Head { tree: TreeHead { size: 2, root: [9; 32] }, ..good };
    let other_author = Head { author: Author::Payer, ..good };
    for wrong in [
        message(other_root, &key),
        message(good, &first_key(Author::Payer)),
        message(other_author, &first_key(Author::Payer)),
        message(Head { relationship: [1; 32], ..good }, &key),
        message(Head { tree: nothing(), ..good }, &key),
    ] {
        let before = peer.refused().len();
        peer.send(wrong);
        assert_eq!(peer.refused().len(), before + 1);
        assert!(peer.refused()[before].1.starts_with("TWN-13"), "{:?}", peer.refused()[before]);
    }
    assert_eq!(peer.node.head_size(Author::Provider), 0);
    peer.send(message(good, &key));
    assert_eq!(peer.node.head_size(Author::Provider), 2);
    assert_eq!(peer.sent(7).len(), 1);
    // A later one waits for its events; an earlier one is ignored.
    forge.note(|_| {});
    tree.push(leaf_hash(&forge.entries[2].event));
    let later = Head { tree: TreeHead { size: 3, root: tree.root() }, ..good };
    peer.send(message(later, &key));
    assert_eq!(peer.sent(7).len(), 1);
    peer.send(events(2, &forge.entries[2..]));
    assert_eq!(peer.node.head_size(Author::Provider), 3);
    peer.send(message(good, &key));
    assert_eq!(peer.sent(7).len(), 2);
    assert_eq!(peer.stop(), None);
}

#[test]
fn a_countersignature_that_does_not_hold_is_refused() {
    let mut peer = Peer::new();
    let forge = Forge::new(&peer.node);
    peer.send(tagged(4, &[&1u64.to_be_bytes()]));
    let tick = |peer: &mut Peer, by: i64| {
        peer.node.now_ms += by;
        let now_ms = peer.node.now_ms;
        let frames = peer.node.give(Input::Tick { now_ms });
        peer.frames.extend(frames);
        while !peer.node.tasks.is_empty() {
            let frames = peer.node.work();
            peer.frames.extend(frames);
        }
    };
    tick(&mut peer, 1);
    tick(&mut peer, HEAD_QUIET_MS);
    let head = peer.sent(6)[0][9..].to_vec();
    let mut entry = head.clone();
    entry.push(1);
    entry.extend(first_key(Author::Provider).public_key());
    entry.extend([7; 64]);
    peer.send(tagged(7, &[&entry]));
    assert!(peer.refused()[0].1.starts_with("TWN-14"), "{:?}", peer.refused());
    assert_eq!(peer.node.head_size(Author::Payer), 0);
    // A new head is sent once more of the provider's half has come.
    tick(&mut peer, HEAD_QUIET_MS);
    assert_eq!(peer.sent(6).len(), 1);
    peer.send(events(0, &forge.entries));
    tick(&mut peer, 1);
    tick(&mut peer, HEAD_QUIET_MS);
    assert_eq!(peer.sent(6).len(), 2);
    let mut decoded = [0; HEAD_ENTRY_BYTES];
    decoded[..145].copy_from_slice(&peer.sent(6)[1][9..]);
    let signed = HeadEntry::decode(&decoded).unwrap().signed;
    // By a key that the provider has never had: kept out, and no reproach.
    let stranger = signed.countersign(&PrivateKey::from_seed(&[99; 32]));
    peer.send(tagged(7, &[&stranger.encode()]));
    assert_eq!(peer.node.head_size(Author::Payer), 0);
    assert_eq!(peer.refused().len(), 1);
}

#[test]
fn a_refusal_by_the_other_side_is_shown_and_holds_back_the_half() {
    let mut peer = Peer::new();
    let sequence = 0u64.to_be_bytes();
    peer.send(tagged(5, &[&[1, 10], &sequence, &ZERO]));
    let refused = peer.refused();
    assert_eq!(refused[0].0, Side::Theirs);
    assert!(refused[0].1.starts_with("TWN-10 event 0 of the payer's half"), "{refused:?}");
    let before = peer.sent(3).len();
    let frames = peer.node.note("more");
    assert!(frames.is_empty() && peer.node.tasks.is_empty());
    assert_eq!(peer.sent(3).len(), before);
    // The other half goes on.
    let forge = Forge::new(&peer.node);
    let mut first = forge.entries.clone();
    first.truncate(1);
    let mut own = Tree::new();
    peer.node.disk.halves[0].iter().for_each(|entry| own.push(leaf_hash(&entry.event)));
    assert_eq!(own.size(), 2);
    peer.send(events(0, &first));
    assert_eq!(peer.node.sizes()[1], 1);
}
