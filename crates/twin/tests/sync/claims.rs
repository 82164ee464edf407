//! Comparing the states of claims through two sessions.

use super::peer::*;
use super::world::*;
use counterfoil_twin::sync::*;
use counterfoil_twin::*;

/// Asks until nothing is left, with these summaries in place of those of the nodes.
fn compare(
    world: &mut World,
    summaries: &mut [Summary; 2],
    limit: usize,
) -> (Vec<Difference>, u64, usize) {
    let mut comparison = ClaimComparison::new(limit);
    let mut rounds = 0;
    let before = world.bytes;
    while let Some(question) = comparison.question() {
        rounds += 1;
        world.with(0, |node| node.give(Input::AskAboutClaims { question }));
        world.deliver(1, 0);
        let Some(Output::Question { question }) = world.nodes[1].tasks.pop_front() else {
            panic!("no question came")
        };
        let answer = answer_about_claims(&mut summaries[1], &question).unwrap();
        world.with(1, |node| node.give(Input::AnswerAboutClaims { answer }));
        world.deliver(0, 0);
        let Some(Output::Answer(ClaimAnswer::Answered(answer))) = world.nodes[0].said.pop() else {
            panic!("no answer came")
        };
        comparison.answer(&mut summaries[0], &answer).unwrap();
    }
    let bytes = world.bytes - before;
    assert!(comparison.bytes() <= bytes);
    (comparison.differences(), bytes, rounds)
}

#[test]
fn ten_planted_differences_among_100_000_claims_are_found() {
    let mut world = World::new();
    world.heal();
    let key = |n: u32| sha256(&[&n.to_be_bytes()]);
    let mut summary = Summary::new();
    (0..100_000).for_each(|n| summary.put(key(n), sha256(&[&key(n)])));
    let mut summaries = [summary.clone(), summary];
    assert_eq!(compare(&mut world, &mut summaries, 100), (Vec::new(), 84, 1));
    for n in 0..10u32 {
        match n % 3 {
            0 => summaries[1].put(key(n * 9_001), [1; 32]),
            1 => assert!(summaries[1].take(&key(n * 9_001))),
            _ => summaries[1].put(key(200_000 + n), [2; 32]),
        }
    }
    let (found, bytes, rounds) = compare(&mut world, &mut summaries, 100);
    let mut expected: Vec<Hash> =
        (0..10).map(|n| if n % 3 == 2 { key(200_000 + n) } else { key(n * 9_001) }).collect();
    expected.sort();
    assert_eq!(found.iter().map(|difference| difference.key).collect::<Vec<_>>(), expected);
    #[allow(clippy::disallowed_macros, reason = "the figure is part of what is shown")]
    {
        println!("10 of 100,000 claims: {bytes} bytes both ways in {rounds} rounds");
    }
    // Five levels of sixteen digests for each difference, whatever the number of claims.
    assert!(bytes < 10 * 5 * 300 + 1_000, "{bytes} bytes in {rounds} rounds");
}

#[test]
fn claims_are_compared_at_equal_sizes_only() {
    let mut world = World::new();
    world.heal();
    // Both derive the same claims from the same halves: one question is enough.
    let mut summaries = [0, 1].map(|node| world.nodes[node].twin.summary().clone());
    assert_eq!(compare(&mut world, &mut summaries, 9), (Vec::new(), 84, 1));
    // An event on its way: the other side is not there yet.
    world.cut();
    world.connect();
    world.settle();
    world.nodes[0].note("new");
    world.with(0, |node| node.give(Input::AskAboutClaims { question: Vec::new() }));
    world.deliver(1, 0);
    world.deliver(0, 0);
    assert!(world.nodes[0].said.contains(&Output::Answer(ClaimAnswer::MovedOn)));
    // A comparison that has begun does not go on at other sizes.
    world.nodes[0].said.clear();
    world.settle();
    world.nodes[0].said.clear();
    world.with(0, |node| node.give(Input::AskAboutClaims { question: Vec::new() }));
    world.settle();
    world.with(0, |node| node.note("newer"));
    world.with(0, |node| node.give(Input::AskAboutClaims { question: vec![0] }));
    assert!(world.nodes[0].said.contains(&Output::Answer(ClaimAnswer::MovedOn)));
    // The connection goes while an answer is awaited.
    world.settle();
    world.nodes[0].said.clear();
    world.with(0, |node| node.give(Input::AskAboutClaims { question: Vec::new() }));
    world.cut();
    assert!(world.nodes[0].said.contains(&Output::Answer(ClaimAnswer::Lost)));
    let asked = world.nodes[0].session.handle(Input::AskAboutClaims { question: Vec::new() });
    assert_eq!(asked, Ok(vec![Output::Answer(ClaimAnswer::Lost)]));
}

#[test]
fn questions_that_are_none_end_the_connection() {
    let ask = |number: u64, about: u8, sizes: [u64; 2], question: &[u8]| {
        let sizes = sizes.map(u64::to_be_bytes).concat();
        tagged(8, &[&number.to_be_bytes(), &[about], &sizes, question])
    };
    let range = |start: u64, end: u64| [start, end].map(u64::to_be_bytes).concat();
    for (wrong, name) in [
        (ask(1, 0, [0, 0], &[]), "about nothing"),
        (ask(1, 4, [0, 0], &[]), "about another thing"),
        (ask(1, 1, [1, 0], &range(0, 1)), "sizes"),
        (ask(1, 1, [0, 0], &range(0, 2)), "a range that is not there"),
        (ask(1, 1, [0, 0], &range(1, 1)), "an empty range"),
        (ask(1, 2, [0, 0], &range(0, 1)), "of a copy that is empty"),
        (ask(1, 1, [0, 0], &[0; 15]), "half a range"),
        (ask(1, 1, [0, 0], &range(0, 1).repeat(1_025)), "too many ranges"),
    ] {
        let mut peer = Peer::new();
        peer.send(wrong);
        assert!(matches!(peer.stop(), Some(Stop::Protocol { .. })), "{name}");
    }
    let mut peer = Peer::new();
    peer.send(ask(1, 1, [0, 0], &range(0, 1)));
    let root = leaf_hash(&peer.node.disk.halves[0][0].event);
    assert_eq!(peer.sent(9)[0][18..], root);
    // Two questions about claims at once.
    peer.node.give(Input::Received(ask(2, 3, [1, 0], &[])));
    peer.node.give(Input::Received(ask(2, 3, [1, 0], &[])));
    assert_eq!(peer.stop(), None);
    peer.node.give(Input::Received(ask(3, 3, [1, 0], &[])));
    assert!(matches!(peer.stop(), Some(Stop::Protocol { .. })));
}
