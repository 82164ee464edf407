//! Halves that are not the same on both sides: restored backups, forks, edited copies.

use super::world::*;
use counterfoil_twin::sync::*;
use counterfoil_twin::*;

/// Two nodes in step with so many more events of the payer.
fn in_step(notes: usize) -> World {
    let mut world = World::new();
    for n in 0..notes {
        world.with(0, |node| node.note(&n.to_string()));
    }
    world.heal();
    world.assert_equal();
    world
}

/// Puts a node's disk back.
fn restore(world: &mut World, node: usize, disk: Disk) {
    world.cut();
    world.nodes[node].disk = disk;
    world.nodes[node].crash();
}

/// What both nodes say about the end of the connection.
fn stops(world: &World) -> [Option<Output>; 2] {
    [0, 1].map(|node| {
        let mut said = world.nodes[node].said.iter();
        said.rfind(|said| matches!(said, Output::Close { .. })).cloned()
    })
}

fn assert_stop(world: &mut World, owner: usize, expected: &Stop) {
    let halves = [0, 1].map(|node| world.nodes[node].disk.halves.clone());
    for node in &mut world.nodes {
        node.said.clear();
    }
    world.connect();
    world.settle();
    let end = |said_by| Some(Output::Close { stop: expected.clone(), said_by });
    let mut both = [end(Side::Theirs), end(Side::Theirs)];
    both[owner] = end(Side::Ours);
    assert_eq!(stops(world), both);
    assert!(expected.needs_operator());
    for (node, before) in world.nodes.iter().zip(halves) {
        assert!(node.disk.halves == before, "nothing is overwritten");
        assert!(matches!(node.session.status().state, SyncState::Stopped(..)));
    }
}

#[test]
fn an_own_half_from_an_older_backup_is_named_with_both_sizes() {
    let mut world = in_step(20);
    let disk = world.nodes[0].disk.clone();
    for _ in 0..7 {
        world.with(0, |node| node.note("after the backup"));
    }
    world.heal();
    restore(&mut world, 0, disk.clone());
    let stop = Stop::Shorter { half: Author::Payer, author_size: 21, copy_size: 28 };
    assert_stop(&mut world, 0, &stop);
    assert_eq!(
        stop.message(Author::Payer, Side::Ours),
        "this node's half has 21 events at its author and 28 at the other party, who holds them \
         with the author's signature"
    );
    assert!(stop.fix(Author::Payer).starts_with("this node was put back to an older backup"));
    assert!(stop.fix(Author::Provider).starts_with("the partner was put back"));
    // It went on from there before it met the partner: a fork, at the first event of its own.
    for n in 0..12 {
        world.with(0, |node| node.note(&format!("another story {n}")));
        let expected = Stop::Differs { half: Author::Payer, sequence: 21 };
        assert_stop(&mut world, 0, &expected);
    }
}

#[test]
fn a_restored_backup_that_has_everything_goes_on() {
    let mut world = in_step(5);
    let disk = world.nodes[1].disk.clone();
    for _ in 0..7 {
        world.with(0, |node| node.note("after the backup"));
    }
    world.heal();
    // The provider's copy is older: the payer says it again.
    restore(&mut world, 1, disk);
    world.heal();
    assert_eq!(world.nodes[1].sizes(), [13, 1]);
    // The heads that it countersigned in between are the payer's to show; it keeps the next one.
    world.with(0, |node| node.note("next"));
    world.heal();
    world.assert_equal();
}

#[test]
fn a_lost_half_is_named() {
    let mut world = in_step(3);
    restore(&mut world, 0, Disk::default());
    let stop = Stop::Shorter { half: Author::Payer, author_size: 0, copy_size: 4 };
    assert_stop(&mut world, 0, &stop);
}

#[test]
fn the_first_event_that_differs_is_found_wherever_it_is() {
    for changed in [0usize, 1, 2, 7, 8, 31, 32, 33, 40] {
        // Two stories of the payer that part at one event, both with its signature.
        let mut world = in_step(40);
        let mut other = World::new();
        for n in 0..40 {
            let text = if n + 1 < changed { n.to_string() } else { format!("other {n}") };
            other.with(0, |node| node.note(&text));
        }
        if changed == 0 {
            other.nodes[0].disk.halves[0].clear();
            let mut node = Node::new(Author::Payer);
            node.disk = Disk::default();
            node.crash();
            node.now_ms += 5;
            let names = ["Plan", "Another name"];
            let say = opening(&relationship(), &NONCE, names);
            node.say(say);
            other.nodes[0] = node;
        }
        let disk = Disk { halves: other.nodes[0].disk.halves.clone(), ..Disk::default() };
        restore(&mut world, 0, disk);
        let before = world.bytes;
        let expected = Stop::Differs { half: Author::Payer, sequence: changed as u64 };
        if changed == 40 {
            // The last one differs.
            assert_eq!(world.nodes[0].disk.halves[0].len(), 41);
        }
        assert_stop(&mut world, 0, &expected);
        assert!(world.bytes - before < 3_000, "{} bytes", world.bytes - before);
    }
}

#[test]
fn a_copy_that_was_edited_is_named_by_the_author() {
    let mut world = in_step(9);
    world.cut();
    // A byte of the provider's copy of event 10 changes on its disk; the root says so at the start.
    let entry = &mut world.nodes[1].disk.halves[0][9];
    *entry.event.last_mut().unwrap() ^= 1;
    world.nodes[1].session = Session::new(Author::Provider, relationship());
    for half in Author::BOTH {
        for entry in world.nodes[1].disk.halves[half as usize].clone() {
            world.nodes[1].session.restore(half, &entry).unwrap();
        }
    }
    let expected = Stop::Differs { half: Author::Payer, sequence: 9 };
    assert_stop(&mut world, 0, &expected);
    // One in the middle breaks the chain: the store itself is found damaged.
    let mut session = Session::new(Author::Provider, relationship());
    let mut entries = world.nodes[1].disk.halves[0].clone();
    entries[4].event[60] ^= 1;
    let result: Result<Vec<()>, TwinFinding> =
        entries.iter().map(|entry| session.restore(Author::Payer, entry)).collect();
    assert!(matches!(result.unwrap_err().code, Code::Previous | Code::Sequence));
}
