//! Two paired nodes on real sockets: who is accepted, which connection stays, how links wait.

mod common;

use common::{connection, node, node_with, quick, talk, two_nodes, until, waits_for};
use counterfoil_wire::{
    Address, Channel, FRAME_BYTES_MAX, Identity, LinkState, Problem, RelationshipId, Role,
    SendError, SessionLimits, Timing,
};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test]
async fn paired_nodes_carry_frames_both_ways() {
    let (_payer, _provider, listener, mut at_payer, mut at_provider) = two_nodes().await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    talk(&one, &other).await;
    assert!(!one.we_dialed() && other.we_dialed());
    assert!(one.clocks().ms() < 60_000);
    assert_eq!(listener.counters().admitted, 1);
    assert!(matches!(at_payer.status().state, LinkState::Connected { .. }));
    assert_eq!(at_payer.counters().events.frames_received, 1);
    assert_eq!(at_provider.counters().connections, 1);
    let too_long = other.send(Channel::Events, vec![0; FRAME_BYTES_MAX + 1]).await;
    assert_eq!(too_long, Err(SendError::TooLong { bytes: FRAME_BYTES_MAX + 1 }));
    other.send(Channel::Events, vec![7; FRAME_BYTES_MAX]).await.expect("the largest frame");
    assert_eq!(one.receive(Channel::Events).await.map(|b| b.len()), Ok(FRAME_BYTES_MAX));
}

#[tokio::test]
async fn a_peer_with_the_wrong_key_is_refused_on_either_side() {
    let (payer, provider) = (node(1), node(2));
    let (listener, address) = payer.listen().await;
    let stranger = Identity::generate().expect("a key").pin();
    payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");

    // The provider expects another key than the payer has: nothing is sent.
    let mut record = payer.record(1, Role::Provider, &[address]);
    record.pin = stranger;
    let link = provider.endpoint.put_peer(record.clone()).expect("runs");
    let problem = waits_for(&link, |p| matches!(p, Problem::WrongKey { .. })).await;
    assert_eq!(problem, Problem::WrongKey { presented: payer.identity.pin() });

    // The payer expects another key than the provider has.
    let mut theirs = provider.record(1, Role::Payer, &[]);
    theirs.pin = stranger;
    let at_payer = payer.endpoint.put_peer(theirs).expect("runs");
    record.pin = payer.identity.pin();
    provider.endpoint.put_peer(record).expect("runs");
    waits_for(&link, |p| *p == Problem::KeyRefused).await;
    until("the refusal is counted", || listener.counters().refused.get("wrong_key").copied()).await;
    assert_eq!(at_payer.counters().connections, 0);
}

#[tokio::test]
async fn a_known_key_may_not_speak_for_another_relationship() {
    let (payer, one, other) = (node(1), node(2), node(3));
    let (_listener, address) = payer.listen().await;
    payer.endpoint.put_peer(one.record(1, Role::Payer, &[])).expect("runs");
    payer.endpoint.put_peer(other.record(2, Role::Payer, &[])).expect("runs");
    let record = payer.record(2, Role::Provider, std::slice::from_ref(&address));
    let link = one.endpoint.put_peer(record).expect("runs");
    waits_for(&link, |p| *p == Problem::UnknownRelationship).await;
    let record = payer.record(1, Role::Payer, &[address]);
    let link = one.endpoint.put_peer(record).expect("runs");
    waits_for(&link, |p| *p == Problem::SameRole).await;
}

#[tokio::test]
async fn keys_are_changed_without_losing_the_link() {
    let (payer, provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let first = connection(&mut at_payer).await;
    connection(&mut at_provider).await;
    let next = Identity::generate().expect("a key");
    let mut record = at_payer.record();
    record.next_pin = Some(next.pin());
    payer.endpoint.put_peer(record.clone()).expect("runs");
    assert_eq!(first.ended_with(), None, "the old key is still good");
    provider.endpoint.replace_identity(next.clone()).expect("a good key");
    first.close(common::PATIENCE).await;
    at_provider.retry_now();
    let second = connection(&mut at_payer).await;
    assert_eq!(second.peer_pin(), next.pin());
    // The next key becomes the only one; the connection that uses it stays.
    (record.pin, record.next_pin) = (next.pin(), None);
    payer.endpoint.put_peer(record.clone()).expect("runs");
    assert_eq!(second.ended_with(), None);
    // A record that no longer knows the key ends the connection.
    record.pin = first.peer_pin();
    payer.endpoint.put_peer(record).expect("runs");
    assert_eq!(second.ended().await, Problem::Removed);
    waits_for(&at_provider, |p| *p == Problem::KeyRefused).await;
}

#[tokio::test]
async fn a_clock_a_day_off_is_told_on_both_sides_and_mends_by_itself() {
    let (payer, provider) = (node(1), node(2));
    provider.clock.offset_ms.store(86_400_000, Ordering::SeqCst);
    let (_listener, address) = payer.listen().await;
    let mut at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    let record = payer.record(1, Role::Provider, &[address]);
    let mut at_provider = provider.endpoint.put_peer(record).expect("runs");
    for (link, is_ahead) in [(&at_provider, false), (&at_payer, true)] {
        let problem = waits_for(link, |p| matches!(p, Problem::Clocks(_))).await;
        let Problem::Clocks(clocks) = &problem else { unreachable!() };
        assert_eq!(clocks.theirs_ms > clocks.ours_ms, is_ahead);
        assert!(clocks.ms().abs_diff(86_400_000) < 60_000, "{problem}");
        assert!(problem.to_string().contains("differ by"), "{problem}");
    }
    assert_eq!(at_payer.counters().connections, 0);
    provider.clock.offset_ms.store(-299_000, Ordering::SeqCst);
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    talk(&one, &other).await;
}

#[tokio::test]
async fn when_both_dial_at_once_both_keep_the_same_connection() {
    for round in 0..20u8 {
        let (payer, provider) = (node(u64::from(round)), node(100 + u64::from(round)));
        let (_one, payer_address) = payer.listen().await;
        let (_other, provider_address) = provider.listen().await;
        let record = provider.record(1, Role::Payer, &[provider_address]);
        let mut at_payer = payer.endpoint.put_peer(record).expect("runs");
        let record = payer.record(1, Role::Provider, &[payer_address]);
        let mut at_provider = provider.endpoint.put_peer(record).expect("runs");
        // Whichever connections come and go, in the end one frame passes each way.
        let settled = async {
            loop {
                let (one, other) =
                    (connection(&mut at_payer).await, connection(&mut at_provider).await);
                if one.send(Channel::Events, vec![round]).await.is_err() {
                    continue;
                }
                if other.send(Channel::Events, vec![round]).await.is_err() {
                    continue;
                }
                let wait = Duration::from_secs(2);
                let got = tokio::join!(
                    tokio::time::timeout(wait, one.receive(Channel::Events)),
                    tokio::time::timeout(wait, other.receive(Channel::Events))
                );
                if let (Ok(Ok(a)), Ok(Ok(b))) = got {
                    return (one, other, a, b);
                }
            }
        };
        let (one, other, a, b) =
            tokio::time::timeout(common::PATIENCE, settled).await.expect("settles");
        assert_eq!((a, b), (vec![round], vec![round]));
        assert_ne!(one.we_dialed(), other.we_dialed(), "the same connection");
        assert_eq!((one.ended_with(), other.ended_with()), (None, None));
    }
}

#[tokio::test]
async fn a_newer_connection_replaces_a_half_open_one() {
    let (payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let old = connection(&mut at_payer).await;
    connection(&mut at_provider).await;
    // The provider's machine is replaced by another with the same key: the payer has heard
    // nothing of the end of the first connection.
    let same_key = _provider.identity.clone();
    let reborn = node_with(9, |settings| {
        settings.identity = same_key;
        settings.timing = quick();
    });
    let mut record = at_provider.record();
    record.pin = payer.identity.pin();
    let mut link = reborn.endpoint.put_peer(record).expect("runs");
    let (new, other) = (connection(&mut at_payer).await, connection(&mut link).await);
    assert_eq!(old.ended().await, Problem::Replaced);
    talk(&new, &other).await;
    assert_eq!(at_payer.counters().problems.get("replaced"), Some(&1));
}

#[tokio::test]
async fn a_link_waits_longer_and_longer_and_retries_on_request() {
    let provider = node_with(2, |settings| {
        settings.timing = Timing { backoff_ms_first: 3_600_000, ..Timing::default() };
        settings.timing.backoff_ms_max = 7_200_000;
    });
    let payer = node(1);
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = Address::parse(&socket.local_addr().expect("bound").to_string()).expect("fits");
    drop(socket);
    let record = payer.record(1, Role::Provider, std::slice::from_ref(&address));
    let mut link = provider.endpoint.put_peer(record).expect("runs");
    let problem = waits_for(&link, |p| matches!(p, Problem::Unreachable { .. })).await;
    assert!(problem.to_string().starts_with(address.as_str()), "{problem}");
    let status = link.watch_status();
    let is_waiting = |s: &counterfoil_wire::LinkStatus| {
        matches!(s.state, LinkState::Waiting { until_ms: Some(_), .. })
    };
    let waiting = status.clone().wait_for(is_waiting).await.expect("lives").clone();
    assert_eq!(waiting.failures, 1);
    let socket = tokio::net::TcpListener::bind(address.as_str()).await.expect("the same port");
    let _listener = payer.endpoint.listen(socket).expect("listens");
    let mut at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    link.retry_now();
    let (one, other) = (connection(&mut at_payer).await, connection(&mut link).await);
    talk(&one, &other).await;
}

#[tokio::test]
async fn shutting_down_sends_what_was_accepted() {
    let (payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    // More than the windows hold, so that the end waits for the reader.
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        loop {
            match other.receive(Channel::Documents).await {
                Ok(bytes) => seen.push(bytes[0]),
                Err(problem) => return (seen, problem),
            }
        }
    });
    for number in 0..40 {
        one.send(Channel::Documents, vec![number; 200_000]).await.expect("room");
    }
    payer.endpoint.shutdown(common::PATIENCE).await;
    let (seen, problem) = reader.await.expect("reads to the end");
    assert_eq!(seen, (0..40).collect::<Vec<u8>>());
    assert_eq!(problem, Problem::FinishedByPeer);
    assert_eq!(one.ended_with(), Some(Problem::Finished));
    assert!(at_payer.next_connection().await.is_none());
    assert!(payer.endpoint.put_peer(at_payer.record()).is_err());
    assert!(matches!(one.send(Channel::Events, vec![]).await, Err(SendError::Ended(_))));
}

#[tokio::test]
async fn shutting_down_gives_up_a_reader_that_takes_nothing() {
    let (payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let (one, _other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    for _ in 0..3 {
        one.send(Channel::Documents, vec![0; FRAME_BYTES_MAX]).await.expect("room");
    }
    payer.endpoint.shutdown(Duration::from_millis(50)).await;
    assert_eq!(one.ended_with(), Some(Problem::Abandoned));
}

#[tokio::test]
async fn taking_a_peer_off_ends_its_connection_and_its_key() {
    let (payer, _provider, _listener, mut at_payer, mut at_provider) = two_nodes().await;
    let one = connection(&mut at_payer).await;
    payer.endpoint.remove_peer(&RelationshipId([1; 32]));
    assert_eq!(one.ended().await, Problem::Removed);
    assert!(at_payer.next_connection().await.is_none());
    assert!(payer.endpoint.link(&RelationshipId([1; 32])).is_none());
    connection(&mut at_provider).await;
    waits_for(&at_provider, |p| *p == Problem::KeyRefused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_peers_at_once() {
    const PEERS: u8 = 200;
    let payer = node(0);
    let (listener, address) = payer.listen().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..PEERS {
        let provider = node_with(1_000 + u64::from(number), |settings| {
            settings.timing.handshake = common::PATIENCE;
            settings.limits = SessionLimits { silence_ms_max: 120_000, ..SessionLimits::default() };
        });
        let record = provider.record(number, Role::Payer, &[]);
        let mut at_payer = payer.endpoint.put_peer(record).expect("runs");
        let record = payer.record(number, Role::Provider, std::slice::from_ref(&address));
        tasks.spawn(async move {
            let mut link = provider.endpoint.put_peer(record).expect("runs");
            let (one, other) = (connection(&mut at_payer).await, connection(&mut link).await);
            talk(&one, &other).await;
            provider.endpoint.shutdown(common::PATIENCE).await;
            number
        });
    }
    let mut seen = BTreeSet::new();
    while let Some(number) = tasks.join_next().await {
        seen.insert(number.expect("talks"));
    }
    assert_eq!(seen.len(), usize::from(PEERS));
    assert!(listener.counters().admitted >= u64::from(PEERS));
}
