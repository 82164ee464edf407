//! A provider that writes its messages by hand, byte by byte from the written format, as it likes.

use super::world::{NONCE, Node, START_MS, first_key, relationship};
use counterfoil_twin::sync::*;
use counterfoil_twin::*;
use ed25519_dalek::{Signer as _, SigningKey};

pub const OURS: u64 = 7;
pub const THEIRS: u64 = 9;

/// A payer's node that has met a provider whose messages the test writes.
pub struct Peer {
    pub node: Node,
    pub frames: Vec<Vec<u8>>,
}

/// A hello of the provider.
#[derive(Clone)]
pub struct Hello {
    pub version: u8,
    pub nonce: u64,
    pub echo: u64,
    pub relationship: Hash,
    pub role: u8,
    pub own: TreeHead,
    pub copy: TreeHead,
    pub time_ms: i64,
}

pub fn nothing() -> TreeHead {
    TreeHead { size: 0, root: empty_root() }
}

impl Hello {
    pub fn usual() -> Hello {
        Hello {
            version: 1,
            nonce: THEIRS,
            echo: OURS,
            relationship: relationship().id,
            role: 2,
            own: nothing(),
            copy: nothing(),
            time_ms: START_MS,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = vec![1, self.version];
        out.extend(self.nonce.to_be_bytes());
        out.extend(self.echo.to_be_bytes());
        out.extend(self.relationship);
        out.push(self.role);
        for tree in [self.own, self.copy] {
            out.extend(tree.size.to_be_bytes());
            out.extend(tree.root);
        }
        out.extend(self.time_ms.to_be_bytes());
        out
    }
}

/// A message with the tag of the payer's connection.
pub fn tagged(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[kind], OURS.to_be_bytes().as_slice(), &parts.concat()].concat()
}

pub fn events(first: u64, entries: &[HalfEntry]) -> Vec<u8> {
    let mut out = tagged(3, &[&first.to_be_bytes()]);
    for entry in entries {
        out.extend((entry.event.len() as u16).to_be_bytes());
        out.extend(&entry.event);
        let body = entry.body.as_deref();
        out.extend(body.map_or(u32::MAX, |body| body.len() as u32).to_be_bytes());
        out.extend(body.unwrap_or_default());
    }
    out
}

impl Peer {
    /// A connection that has begun with this hello.
    pub fn greet(node: Node, hello: &Hello) -> Peer {
        let mut peer = Peer { node, frames: Vec::new() };
        let now_ms = peer.node.now_ms;
        peer.frames.extend(peer.node.give(Input::Connected { nonce: OURS, now_ms }));
        peer.send(hello.bytes());
        peer
    }

    /// A payer's node with its first event, met by a provider with a half of any size.
    pub fn new() -> Peer {
        let hello = Hello { own: TreeHead { size: 99, root: [1; 32] }, ..Hello::usual() };
        Peer::greet(Node::new(Author::Payer), &hello)
    }

    pub fn send(&mut self, message: Vec<u8>) {
        let frames = self.node.give(Input::Received(message));
        self.frames.extend(frames);
        while !self.node.tasks.is_empty() {
            let frames = self.node.work();
            self.frames.extend(frames);
        }
    }

    /// Why the node closed the connection, if it did.
    pub fn stop(&self) -> Option<&Stop> {
        self.node.said.iter().find_map(|said| match said {
            Output::Close { stop, .. } => Some(stop),
            _ => None,
        })
    }

    /// What the node does not accept.
    pub fn refused(&self) -> Vec<(Side, String)> {
        let words = |said: &Output| match said {
            Output::Refused(Refused { by, what: RefusedWhat::Record(finding) }) => {
                Some((*by, finding.to_string()))
            }
            Output::Refused(Refused { by, what: RefusedWhat::Document(_) }) => {
                Some((*by, "document".to_owned()))
            }
            _ => None,
        };
        self.node.said.iter().filter_map(words).collect()
    }

    /// The messages of a kind that the node sent.
    pub fn sent(&self, kind: u8) -> Vec<&Vec<u8>> {
        self.frames.iter().filter(|frame| frame.first() == Some(&kind)).collect()
    }
}

/// A provider's half that the test signs itself.
pub struct Forge {
    pub key: SigningKey,
    pub entries: Vec<HalfEntry>,
    /// What the payer has: its first event.
    pub seen: TreeHead,
}

impl Forge {
    pub fn new(payer: &Node) -> Forge {
        let mut tree = Tree::new();
        for entry in &payer.disk.halves[0] {
            tree.push(leaf_hash(&entry.event));
        }
        let seen = TreeHead { size: tree.size(), root: tree.root() };
        let mut forge = Forge { key: SigningKey::from_bytes(&[22; 32]), entries: Vec::new(), seen };
        assert_eq!(forge.key.verifying_key().to_bytes(), first_key(Author::Provider).public_key());
        let statement = opening(&relationship(), &NONCE, ["Plan", "Clinic"]);
        forge.add(statement, |_| {});
        forge
    }

    pub fn note(&mut self, change: impl FnOnce(&mut Event)) {
        let statement = Statement {
            kind: "note.made".into(),
            subject: "note".into(),
            fields: vec![Field::text("note", "x")],
        };
        self.add(statement, change);
    }

    /// The next event, changed before it is signed.
    pub fn add(&mut self, statement: Statement, change: impl FnOnce(&mut Event)) {
        let sequence = self.entries.len() as u64;
        let body = Body::new([5; 32], statement.fields).unwrap();
        let previous = self.entries.last().map_or(ZERO, |last| leaf_hash(&last.event));
        let mut event = Event {
            relationship: relationship().id,
            author: Author::Provider,
            sequence,
            previous,
            time_ms: START_MS,
            seen_size: self.seen.size,
            seen_root: self.seen.root,
            kind: statement.kind,
            subject: statement.subject,
            payload_root: body.payload_root(),
            signature: [0; 64],
        };
        change(&mut event);
        let event = self.sign(event);
        self.entries.push(HalfEntry { event, body: Some(body.encode()) });
    }

    pub fn sign(&self, event: Event) -> Vec<u8> {
        let mut bytes = event.encode();
        bytes.truncate(bytes.len() - 64);
        let text = [b"counterfoil/twin/event/1\0".as_slice(), &bytes].concat();
        bytes.extend(self.key.sign(&text).to_bytes());
        bytes
    }
}
