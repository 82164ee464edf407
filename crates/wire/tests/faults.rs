//! What comes to an open port, and what a bad network does to a link.

mod common;

use common::{Node, PATIENCE, connection, node, node_with, quick, raw, talk, until};
use counterfoil_wire::{Address, Channel, Connection, PeerLink, Role, SessionLimits, Timing};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn answer_to(address: &Address, bytes: &[u8]) -> Vec<u8> {
    let mut stream = raw(address).await;
    stream.write_all(bytes).await.expect("written");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the node ends the connection");
    answer
}

/// A ClientHello of TLS 1.2 (RFC 5246, section 7.4.1.2), well-formed but without the extension
/// `supported_versions`, so that nothing newer than 1.2 is offered.
fn client_hello_of_tls_1_2() -> Vec<u8> {
    let suites: [u16; 3] = [0xc02b, 0xc02f, 0x009e];
    let extensions: [&[u8]; 3] = [
        &[0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1d], // supported_groups: x25519
        &[0x00, 0x0b, 0x00, 0x02, 0x01, 0x00],             // ec_point_formats: uncompressed
        &[0x00, 0x0d, 0x00, 0x06, 0x00, 0x04, 0x08, 0x07, 0x04, 0x03], // ed25519, ecdsa p256
    ];
    let mut body = vec![0x03, 0x03];
    body.extend([0x5a; 32]);
    body.push(0);
    body.extend(u16::try_from(suites.len() * 2).expect("few").to_be_bytes());
    suites.iter().for_each(|suite| body.extend(suite.to_be_bytes()));
    body.extend([1, 0]);
    let extensions = extensions.concat();
    body.extend(u16::try_from(extensions.len()).expect("few").to_be_bytes());
    body.extend(extensions);
    let mut handshake = vec![1, 0];
    handshake.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
    handshake.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(u16::try_from(handshake.len()).expect("short").to_be_bytes());
    record.extend(handshake);
    record
}

#[tokio::test]
async fn tls_1_2_is_refused_with_the_alert_that_says_so() {
    let payer = node(1);
    let (listener, address) = payer.listen().await;
    let answer = answer_to(&address, &client_hello_of_tls_1_2()).await;
    // An alert record (21), fatal (2), protocol_version (70): RFC 8446, section 6.2.
    assert_eq!(answer.first(), Some(&21));
    assert_eq!(answer.get(5..7), Some(&[2, 70][..]), "{answer:?}");
    until("counted", || listener.counters().refused.get("not_a_node").copied()).await;
}

#[tokio::test]
async fn what_is_not_tls_is_refused_and_the_node_goes_on() {
    let payer = node(1);
    let (listener, address) = payer.listen().await;
    let inputs: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: payer.example\r\n\r\n",
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *",
        &[0; 4_096],
        &[0xff; 4_096],
        &[22, 3, 1, 0x40, 0x00, 1, 0xff, 0xff, 0xff],
    ];
    for input in inputs {
        let mut stream = raw(&address).await;
        stream.write_all(input).await.expect("written");
        stream.shutdown().await.expect("ended");
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        let _ = read.expect("the node ends the connection");
    }
    let refused = || listener.counters().refused.values().sum::<u64>();
    until("all are counted", || (refused() == 5).then_some(())).await;
    let provider = node(2);
    let mut at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    let record = payer.record(1, Role::Provider, &[address]);
    let mut at_provider = provider.endpoint.put_peer(record).expect("runs");
    talk(&connection(&mut at_payer).await, &connection(&mut at_provider).await).await;
}

#[tokio::test]
async fn those_who_greet_too_slowly_are_cut_off_and_others_get_their_place() {
    let payer = node_with(1, |settings| {
        let handshake = Duration::from_millis(300);
        settings.timing = Timing { handshake, handshakes_max: 4, ..quick() };
    });
    let (listener, address) = payer.listen().await;
    // One byte of a ClientHello every 20 ms, from as many strangers as there are places.
    let hello = client_hello_of_tls_1_2();
    for _ in 0..4 {
        let (mut stream, hello) = (raw(&address).await, hello.clone());
        tokio::spawn(async move {
            for byte in hello {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    // And one who says nothing at all.
    let silent = raw(&address).await;
    let provider = node(2);
    let mut at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    let record = payer.record(1, Role::Provider, &[address]);
    let mut at_provider = provider.endpoint.put_peer(record).expect("runs");
    talk(&connection(&mut at_payer).await, &connection(&mut at_provider).await).await;
    until("five are counted", || {
        let slow = listener.counters().refused.get("too_slow").copied();
        slow.filter(|count| *count >= 5)
    })
    .await;
    drop(silent);
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_given_up_and_dialed_again() {
    let limits = SessionLimits { ping_after_ms: 100, silence_ms_max: 2_000, ..Default::default() };
    let settle = |seed| node_with(seed, |s| (s.timing, s.limits) = (quick(), limits));
    let (payer, provider) = (settle(1), settle(2));
    let (_listener, address) = payer.listen().await;
    let relay = Relay::begin(address).await;
    let (mut at_payer, mut at_provider) = link(&payer, &provider, &relay.address).await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    talk(&one, &other).await;
    // Pings keep a quiet connection alive.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((one.ended_with(), other.ended_with()), (None, None));
    assert!(other.counters().round_trip_ms.is_some());
    // A network that swallows everything without a word: both give up and find each other again.
    relay.hold.store(u64::MAX, Ordering::SeqCst);
    let (a, b) = (one.ended().await.word(), other.ended().await.word());
    assert!(a == "silent" || a == "silent_here" || a == "lost", "{a}");
    assert!(b == "silent" || b == "silent_here" || b == "lost", "{b}");
    relay.hold.store(0, Ordering::SeqCst);
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    talk(&one, &other).await;
}

#[tokio::test]
async fn a_link_resumes_after_a_cut_at_any_place() {
    const EVENTS: u32 = 60;
    let (payer, provider) = (node(1), node(2));
    let (_listener, address) = payer.listen().await;
    let relay = Relay::begin(address).await;
    let (mut at_payer, at_provider) = link(&payer, &provider, &relay.address).await;
    // Each connection is cut after more bytes than the one before: in the handshake, at every
    // place of a frame, between frames, in either direction, since both count.
    relay.cut_first.store(200, Ordering::SeqCst);
    relay.cut_step.store(37, Ordering::SeqCst);
    relay.delay_ms.store(1, Ordering::SeqCst);
    let sender = tokio::spawn(send_all(at_provider.clone(), EVENTS));
    let received = tokio::time::timeout(PATIENCE, receive_all(&mut at_payer, EVENTS)).await;
    assert_eq!(received.expect("in time"), (0..EVENTS).collect::<Vec<u32>>());
    sender.await.expect("sent");
    let cuts = relay.connections.load(Ordering::SeqCst);
    assert!(cuts > 30, "{cuts} connections");
}

/// A toy of the exchange above the wire: the receiver says how many it has, the sender goes on
/// from there, one event a time.
async fn send_all(mut link: PeerLink, events: u32) {
    while let Some(connection) = link.next_connection().await {
        while let Ok(bytes) = connection.receive(Channel::Events).await {
            let next = u32::from_be_bytes(bytes.try_into().expect("four bytes"));
            if next == events {
                return;
            }
            let _ = connection.send(Channel::Events, next.to_be_bytes().to_vec()).await;
        }
    }
}

async fn receive_all(link: &mut PeerLink, events: u32) -> Vec<u32> {
    let mut received: Vec<u32> = Vec::new();
    while let Some(connection) = link.next_connection().await {
        loop {
            let next = u32::try_from(received.len()).expect("few");
            if connection.send(Channel::Events, next.to_be_bytes().to_vec()).await.is_err() {
                break;
            }
            if next == events {
                connection.close(PATIENCE).await;
                return received;
            }
            let Ok(bytes) = connection.receive(Channel::Events).await else { break };
            received.push(u32::from_be_bytes(bytes.try_into().expect("four bytes")));
        }
    }
    received
}

#[tokio::test]
async fn events_pass_a_large_document_that_nobody_reads() {
    let (payer, provider) = (node(1), node(2));
    let (_listener, address) = payer.listen().await;
    let (mut at_payer, mut at_provider) = link(&payer, &provider, &address).await;
    let (one, other) = (connection(&mut at_payer).await, connection(&mut at_provider).await);
    let documents = one.clone();
    let stuck = tokio::spawn(async move {
        for _ in 0..64 {
            documents.send(Channel::Documents, vec![1; 500_000]).await.expect("until it ends");
        }
    });
    until("the document waits", || one.counters().waits_for_credit.then_some(())).await;
    talk_events(&one, &other).await;
    assert!(!stuck.is_finished());
    for _ in 0..64 {
        other.receive(Channel::Documents).await.expect("the document comes");
    }
    stuck.await.expect("sent");
}

async fn talk_events(one: &Connection, other: &Connection) {
    for number in 0..100u8 {
        one.send(Channel::Events, vec![number]).await.expect("sent");
        let got = tokio::time::timeout(PATIENCE, other.receive(Channel::Events)).await;
        assert_eq!(got.expect("in time"), Ok(vec![number]));
    }
}

async fn link(payer: &Node, provider: &Node, to: &Address) -> (PeerLink, PeerLink) {
    let at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    let record = payer.record(1, Role::Provider, std::slice::from_ref(to));
    (at_payer, provider.endpoint.put_peer(record).expect("runs"))
}

/// Carries bytes between a node and whoever dials it, and can delay, hold and cut.
struct Relay {
    address: Address,
    /// Milliseconds to wait before passing anything on; with the largest number, for ever.
    hold: Arc<AtomicU64>,
    delay_ms: Arc<AtomicU64>,
    /// Bytes after which the first connection is cut; 0 for none.
    cut_first: Arc<AtomicUsize>,
    /// Bytes by which each later connection lives longer.
    cut_step: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Relay {
    async fn begin(target: Address) -> Relay {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = Address::parse(&socket.local_addr().expect("bound").to_string());
        let relay = Relay {
            address: address.expect("fits"),
            hold: Arc::default(),
            delay_ms: Arc::default(),
            cut_first: Arc::default(),
            cut_step: Arc::default(),
            connections: Arc::default(),
        };
        let (hold, delay) = (relay.hold.clone(), relay.delay_ms.clone());
        let (first, step) = (relay.cut_first.clone(), relay.cut_step.clone());
        let connections = relay.connections.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = socket.accept().await {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let budget = match first.load(Ordering::SeqCst) {
                    0 => usize::MAX,
                    first => first + number * step.load(Ordering::SeqCst),
                };
                let (target, hold, delay) = (target.clone(), hold.clone(), delay.clone());
                tokio::spawn(async move {
                    let far = raw(&target).await;
                    relay_between(near, far, &AtomicUsize::new(budget), &hold, &delay).await;
                });
            }
        });
        relay
    }
}

async fn relay_between(
    near: TcpStream,
    far: TcpStream,
    budget: &AtomicUsize,
    hold: &AtomicU64,
    delay: &AtomicU64,
) {
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let pass = |mut from: tokio::net::tcp::OwnedReadHalf,
                mut to: tokio::net::tcp::OwnedWriteHalf| async move {
        let mut chunk = [0; 4_096];
        loop {
            let Ok(count @ 1..) = from.read(&mut chunk).await else { return };
            while hold.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis(delay.load(Ordering::SeqCst))).await;
            let left = budget.load(Ordering::SeqCst);
            let passed = count.min(left);
            budget.store(left - passed, Ordering::SeqCst);
            if to.write_all(&chunk[..passed]).await.is_err() || passed == left {
                return;
            }
        }
    };
    tokio::select! {
        () = pass(near_in, far_out) => {}
        () = pass(far_in, near_out) => {}
    }
}
