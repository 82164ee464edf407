//! Honest nodes over a bad network, with crashes and disks that fail.

use super::world::*;
use counterfoil_twin::sync::*;
use proptest::prelude::*;

#[test]
fn two_new_nodes_come_into_step() {
    let mut world = World::new();
    world.heal();
    world.assert_equal();
    // Afterwards an event costs three messages: itself, its acknowledgement, and nothing else.
    let before = world.bytes;
    world.with(0, |node| node.note("hello"));
    world.settle();
    assert_eq!(world.nodes[1].sizes(), [2, 1]);
    assert!(world.bytes - before < 500, "{} bytes", world.bytes - before);
    for _ in 0..3 {
        world.tick(600);
        world.settle();
    }
    world.assert_equal();
}

#[test]
fn a_long_partition_is_made_up_in_batches_within_the_window() {
    let mut world = World::new();
    world.heal();
    world.cut();
    let text = "x".repeat(3_000);
    for _ in 0..2_000 {
        for node in 0..2 {
            world.with(node, |node| node.note(&text));
        }
    }
    let behind = world.nodes[0].session.status();
    assert_eq!((behind.state, behind.to_send), (SyncState::Waiting, 2_000));
    world.connect();
    let mut most_on_the_way = 0;
    while (0..2).any(|to| world.deliver(to, 0)) || !world.nodes[0].tasks.is_empty() {
        world.with(0, Node::work);
        // The provider reads and does not store: the payer's window fills and the payer waits.
        let is_store = |task: &Output| matches!(task, Output::Store(_));
        if world.nodes[1].tasks.front().is_some_and(|task| !is_store(task)) {
            world.with(1, Node::work);
        }
        let unstored = world.nodes[1].tasks.iter().map(|task| match task {
            Output::Store(verified) => verified.iter().map(|v| v.entry.size_bytes()).sum(),
            _ => 0,
        });
        most_on_the_way = most_on_the_way.max(unstored.sum::<usize>());
        if world.nodes[1].tasks.front().is_some_and(is_store) && world.nodes[0].tasks.is_empty() {
            break;
        }
    }
    assert!(most_on_the_way <= WINDOW_BYTES, "{most_on_the_way} bytes");
    assert!(most_on_the_way >= WINDOW_BYTES / 8, "{most_on_the_way} bytes");
    world.settle();
    world.heal();
    world.assert_equal();
    assert_eq!(world.nodes[0].sizes(), [2_001, 2_001]);
}

#[test]
fn heads_are_signed_at_the_latest_after_so_many_events() {
    let mut world = World::new();
    world.connect();
    for _ in 0..HEAD_EVENTS * 2 + 10 {
        world.with(0, |node| node.note(""));
    }
    // No time passes.
    world.settle();
    assert!(world.nodes[1].head_size(counterfoil_twin::Author::Payer) > HEAD_EVENTS);
}

#[test]
fn what_cannot_be_stored_comes_again() {
    let mut world = World::new();
    world.connect();
    while !matches!(world.nodes[0].tasks.front(), Some(Output::Store(_))) {
        world.with(0, Node::work);
        world.with(1, Node::work);
        world.deliver(0, 0);
        world.deliver(1, 0);
    }
    world.nodes[0].tasks.clear();
    world.with(0, |node| node.give(Input::NotStored));
    let stop = Output::Close { stop: Stop::CannotStore, said_by: Side::Ours };
    assert!(world.nodes[0].said.contains(&stop));
    world.settle();
    let stop = Output::Close { stop: Stop::CannotStore, said_by: Side::Theirs };
    assert!(world.nodes[1].said.contains(&stop));
    assert!(!Stop::CannotStore.needs_operator());
    world.heal();
    world.assert_equal();
}

/// One step of the world; the numbers choose what and where.
fn step(world: &mut World, (what, a, b): (u8, u8, u16)) {
    let node = usize::from(a & 1);
    let channel = usize::from(a >> 1 & 1);
    match what {
        0..=29 => {
            for _ in 0..=b % 4 {
                world.deliver(node, channel);
            }
        }
        30..=59 => {
            for _ in 0..=b % 4 {
                world.with(node, Node::work);
            }
        }
        60..=69 => {
            world.with(node, |n| n.note(&"n".repeat(usize::from(b % 300))));
        }
        70 => {
            let text = "long".repeat(15_000);
            world.with(node, |n| n.note(&text));
        }
        71..=73 => {
            let bytes: Vec<u8> = (0..u32::from(b) * 11).map(|n| (n * 7 + n / 251) as u8).collect();
            world.with(node, |n| n.send_file(&bytes));
        }
        74 => {
            world.with(node, |n| n.rotate(40 + (b % 100) as u8));
        }
        75..=78 => world.connect(),
        79 => world.cut(),
        80 => {
            // Cut with a part of what is on its way delivered to one side only.
            for _ in 0..b % 9 {
                world.deliver(node, channel);
            }
            world.connect();
        }
        81..=83 => world.tick(i64::from(b % 2_000)),
        84 => {
            world.nodes[node].now_ms -= i64::from(b % 5_000);
        }
        85 => {
            world.nodes[node].crash();
            world.cut();
        }
        86 => {
            let is_storing = |task: &Output| matches!(task, Output::Store(_));
            if world.nodes[node].tasks.iter().any(is_storing) {
                world.nodes[node].tasks.retain(|task| !is_storing(task));
                world.with(node, |n| n.give(Input::NotStored));
            }
        }
        // What no honest network does within a connection.
        87..=89 => {
            if let Some(old) = pick(&world.log[node], b) {
                let channel = usize::from(old[0] == 11);
                world.wires[node][channel].push_back(old);
            }
        }
        90 => {
            // A hello of an earlier connection comes before everything else.
            let hellos: Vec<Vec<u8>> =
                world.log[node].iter().filter(|frame| frame[0] == 1).cloned().collect();
            if let Some(old) = pick(&hellos, b) {
                world.wires[node][0].push_front(old);
            }
        }
        91 => {
            if let Some(front) = world.wires[node][channel].front().cloned() {
                world.wires[node][channel].push_front(front);
            }
        }
        92 => {
            let wire = &mut world.wires[node][channel];
            if wire.len() > 1 {
                let at = usize::from(b) % (wire.len() - 1);
                wire.swap(at, at + 1);
            }
        }
        _ => {
            let wire = &mut world.wires[node][channel];
            if !wire.is_empty() {
                wire.remove(usize::from(b) % wire.len());
            }
        }
    }
}

fn pick(frames: &[Vec<u8>], b: u16) -> Option<Vec<u8>> {
    (!frames.is_empty()).then(|| frames[usize::from(b) % frames.len()].clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_does_both_end_with_the_same(
        steps in proptest::collection::vec((0u8..95, any::<u8>(), any::<u16>()), 0..400)
    ) {
        let mut world = World::new();
        world.connect();
        for what in steps {
            step(&mut world, what);
            // What is called acknowledged is on the other's disk.
            for node in &world.nodes {
                let status = node.session.status();
                if matches!(status.state, SyncState::Behind | SyncState::InStep) {
                    let own = node.role as usize;
                    let acknowledged = node.disk.halves[own].len() as u64 - status.to_send;
                    let held = world.nodes[1 - own].disk.halves[own].len() as u64;
                    prop_assert!(acknowledged <= held, "{acknowledged} of {held}");
                }
            }
            for node in &world.nodes {
                // Nothing that an honest node says is refused, and no one has to act.
                for said in &node.said {
                    prop_assert!(!matches!(said, Output::Refused(_)), "{:?}", said);
                    if let Output::Close { stop, .. } = said {
                        prop_assert!(!stop.needs_operator(), "{:?}", stop);
                    }
                }
            }
        }
        for node in &mut world.nodes {
            node.now_ms = START_MS + 1_000_000_000;
        }
        world.heal();
        world.assert_equal();
    }
}
