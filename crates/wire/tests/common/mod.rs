//! Nodes on 127.0.0.1 for the tests of the wire, with a clock that can be set and seeded chance.
#![allow(dead_code, clippy::disallowed_methods)]

use counterfoil_wire::{
    Address, Chance, Channel, Clock, Connection, Endpoint, EndpointSettings, Identity,
    Introduction, InvitationsInMemory, LinkState, LinkStatus, Listener, OrganizationKey, PartyName,
    PeerLink, PeerRecord, Problem, RelationshipId, Role, Timing,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The machine's clock plus an offset.
#[derive(Default)]
pub struct TestClock {
    pub offset_ms: AtomicI64,
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        i64::try_from(now).expect("before the year 292 million")
            + self.offset_ms.load(Ordering::SeqCst)
    }
}

/// Repeatable chance: digests of a seed and a counter.
pub struct TestChance {
    seed: u64,
    drawn: AtomicU64,
}

impl TestChance {
    pub fn new(seed: u64) -> TestChance {
        TestChance { seed, drawn: AtomicU64::new(0) }
    }
}

impl Chance for TestChance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.drawn.fetch_add(1, Ordering::SeqCst);
            let digest = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(number.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

/// A node: endpoint, clock and kept invitations.
pub struct Node {
    pub endpoint: Endpoint,
    pub identity: Identity,
    pub clock: Arc<TestClock>,
    pub kept: Arc<InvitationsInMemory>,
}

/// Waits that make tests short.
pub fn quick() -> Timing {
    Timing { backoff_ms_first: 5, backoff_ms_max: 40, ..Timing::default() }
}

pub fn node(seed: u64) -> Node {
    node_with(seed, |settings| settings.timing = quick())
}

pub fn node_with(seed: u64, change: impl FnOnce(&mut EndpointSettings)) -> Node {
    let identity = Identity::generate().expect("a key");
    let (clock, kept) = (Arc::new(TestClock::default()), Arc::new(InvitationsInMemory::default()));
    let chance = Arc::new(TestChance::new(seed));
    let mut settings = EndpointSettings::new(identity.clone(), clock.clone(), chance, kept.clone());
    change(&mut settings);
    let endpoint = Endpoint::new(settings).expect("an endpoint");
    Node { endpoint, identity, clock, kept }
}

impl Node {
    pub async fn listen(&self) -> (Listener, Address) {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let listener = self.endpoint.listen(socket).expect("a listener");
        let address = Address::parse(&listener.address().to_string()).expect("an address");
        (listener, address)
    }

    /// The record by which others know this node in a relationship.
    pub fn record(&self, number: u8, their_role: Role, addresses: &[Address]) -> PeerRecord {
        PeerRecord {
            relationship: RelationshipId([number; 32]),
            our_role: their_role,
            pin: self.identity.pin(),
            next_pin: None,
            addresses: addresses.to_vec(),
        }
    }

    pub fn introduction(&self, role: Role, name: &str, addresses: &[Address]) -> Introduction {
        Introduction {
            role,
            organization_key: OrganizationKey(Sha256::digest(name).into()),
            name: PartyName::parse(name).expect("a name"),
            addresses: addresses.to_vec(),
        }
    }
}

/// A payer that listens and a provider that dials it, each knowing the other.
pub async fn two_nodes() -> (Node, Node, Listener, PeerLink, PeerLink) {
    let (payer, provider) = (node(1), node(2));
    let (listener, address) = payer.listen().await;
    let at_payer = payer.endpoint.put_peer(provider.record(1, Role::Payer, &[])).expect("runs");
    let at_provider =
        provider.endpoint.put_peer(payer.record(1, Role::Provider, &[address])).expect("runs");
    (payer, provider, listener, at_payer, at_provider)
}

pub async fn connection(link: &mut PeerLink) -> Connection {
    let next = tokio::time::timeout(PATIENCE, link.next_connection()).await;
    next.unwrap_or_else(|_| panic!("no connection: {:?}", link.status())).expect("not taken off")
}

/// Waits until a link waits for a reason that `fits`.
pub async fn waits_for(link: &PeerLink, fits: impl Fn(&Problem) -> bool) -> Problem {
    let mut status = link.watch_status();
    let is_it = |status: &LinkStatus| match &status.state {
        LinkState::Waiting { reason, .. } => fits(reason),
        _ => false,
    };
    let found = tokio::time::timeout(PATIENCE, status.wait_for(is_it)).await;
    let status = found.unwrap_or_else(|_| panic!("still {:?}", link.status())).expect("lives");
    match &status.state {
        LinkState::Waiting { reason, .. } => reason.clone(),
        other => panic!("{other:?}"),
    }
}

/// Both directions carry a frame of each channel.
pub async fn talk(one: &Connection, other: &Connection) {
    for (from, to) in [(one, other), (other, one)] {
        for channel in Channel::ALL {
            from.send(channel, b"hello".to_vec()).await.expect("sent");
            let got = tokio::time::timeout(PATIENCE, to.receive(channel)).await.expect("in time");
            assert_eq!(got, Ok(b"hello".to_vec()));
        }
    }
}

/// Repeats until the value is there.
pub async fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(value) = check() {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("never happened: {what}"))
}

/// A plain TCP connection to a node.
pub async fn raw(address: &Address) -> TcpStream {
    TcpStream::connect(address.as_str()).await.expect("it listens")
}
