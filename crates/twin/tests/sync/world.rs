//! Two nodes with disks, key holders and a network that does what a test tells it.

use counterfoil_twin::sync::*;
use counterfoil_twin::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const NONCE: [u8; 32] = [33; 32];
pub const START_MS: i64 = 1_772_409_600_000;

pub fn first_key(role: Author) -> PrivateKey {
    PrivateKey::from_seed(&[if role == Author::Payer { 11 } else { 22 }; 32])
}

pub fn relationship() -> Relationship {
    let keys = Author::BOTH.map(|role| first_key(role).public_key());
    Relationship::new(keys[0], keys[1], &NONCE)
}

/// What survives a crash.
#[derive(Clone, Default)]
pub struct Disk {
    pub halves: [Vec<HalfEntry>; 2],
    pub heads: Vec<HeadEntry>,
    /// Own documents, and those that were fetched.
    pub documents: BTreeMap<Hash, Vec<u8>>,
    pub partial: BTreeMap<Hash, Vec<u8>>,
}

/// A node: its disk, its session, and what it has been told to do and has not done yet.
pub struct Node {
    pub role: Author,
    pub disk: Disk,
    pub key: PrivateKey,
    pub session: Session,
    pub twin: Twin,
    pub tasks: VecDeque<Output>,
    /// Everything that the session said beside tasks and messages.
    pub said: Vec<Output>,
    pub named: BTreeSet<Hash>,
    pub now_ms: i64,
    secrets: u64,
}

impl Node {
    pub fn new(role: Author) -> Node {
        let mut node = Node {
            role,
            disk: Disk::default(),
            key: first_key(role),
            session: Session::new(role, relationship()),
            twin: Twin::new(relationship()),
            tasks: VecDeque::new(),
            said: Vec::new(),
            named: BTreeSet::new(),
            now_ms: START_MS,
            secrets: 0,
        };
        let statement = opening(&relationship(), &NONCE, ["Plan", "Clinic"]);
        node.say(statement);
        node
    }

    /// Signs and stores an event of the own half and tells the session.
    pub fn say(&mut self, statement: Statement) -> Vec<Vec<u8>> {
        self.secrets += 1;
        let secret = sha256(&[&[self.role.sign()], &self.secrets.to_be_bytes()]);
        let stamp = Stamp { time_ms: self.now_ms, secret };
        let draft = self.twin.draft(self.role, &self.key, statement, stamp).unwrap();
        self.twin.append(&draft).unwrap();
        let body = Some(draft.body().encode());
        let entry = HalfEntry { event: draft.event().encode(), body };
        self.disk.halves[self.role as usize].push(entry.clone());
        self.give(Input::Appended(vec![entry]))
    }

    pub fn note(&mut self, text: &str) -> Vec<Vec<u8>> {
        let fields = vec![Field::text("note", text)];
        self.say(Statement { kind: "note.made".into(), subject: "note".into(), fields })
    }

    pub fn send_file(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let digest = sha256(&[bytes]);
        self.disk.documents.insert(digest, bytes.to_vec());
        self.name_file(digest, bytes.len() as i64)
    }

    pub fn name_file(&mut self, digest: Hash, length: i64) -> Vec<Vec<u8>> {
        let fields = vec![
            Field::digest("digest", digest),
            Field::integer("length", length),
            Field::text("kind", "837P"),
            Field::text("name", "claims.edi"),
        ];
        self.say(Statement { kind: "file.sent".into(), subject: file_subject(&digest), fields })
    }

    pub fn rotate(&mut self, seed: u8) -> Vec<Vec<u8>> {
        let key = PrivateKey::from_seed(&[seed; 32]);
        let statement = rotation(self.twin.chain(self.role), &key);
        let frames = self.say(statement);
        self.key = key;
        frames
    }

    /// Gives something to the session; gives the messages that it sends.
    pub fn give(&mut self, input: Input) -> Vec<Vec<u8>> {
        let outputs = self.session.handle(input).unwrap();
        let mut frames = Vec::new();
        for output in outputs {
            match output {
                Output::Send { bytes, channel } => {
                    assert!(bytes.len() <= MESSAGE_BYTES_MAX);
                    assert_eq!(channel == Channel::Documents, bytes[0] == 11);
                    frames.push(bytes);
                }
                Output::Close { .. } => {
                    frames.push(Vec::new());
                    self.said.push(output);
                }
                Output::Store(_)
                | Output::ReadOwn { .. }
                | Output::SignHead { .. }
                | Output::Countersign(_)
                | Output::KeepHead(_)
                | Output::Named(_)
                | Output::ReadDocument { .. }
                | Output::StorePart { .. }
                | Output::Question { .. } => self.tasks.push_back(output),
                other => self.said.push(other),
            }
        }
        frames
    }

    /// Does the oldest task.
    pub fn work(&mut self) -> Vec<Vec<u8>> {
        let Some(task) = self.tasks.pop_front() else { return Vec::new() };
        match task {
            Output::Store(verified) => {
                let half = self.role.other();
                for Verified { event, leaf, entry } in verified {
                    // The record's own checks agree with the session's.
                    let body = entry.body.as_deref().map(|body| Body::decode(body).unwrap());
                    let accepted = self.twin.accept(&event, body.as_ref()).unwrap();
                    assert!(matches!(accepted, Accepted::New { leaf: l, .. } if l == leaf));
                    self.disk.halves[half as usize].push(entry);
                }
                self.give(Input::Stored { size: self.twin.tree(half).size() })
            }
            Output::ReadOwn { first, bytes_max } => {
                let own = &self.disk.halves[self.role as usize];
                let mut bytes = 0;
                let entries: Vec<HalfEntry> = own[first as usize..]
                    .iter()
                    .take_while(|entry| {
                        bytes += entry.size_bytes();
                        bytes <= bytes_max || bytes == entry.size_bytes()
                    })
                    .cloned()
                    .collect();
                self.give(Input::OwnEvents { first, entries })
            }
            Output::SignHead { tree } => {
                let head = self.twin.sign_head(self.role, &self.key, self.now_ms);
                assert!(head.head.tree.size >= tree.size);
                self.give(Input::HeadSigned(head))
            }
            Output::Countersign(signed) => {
                let entry = self.twin.countersign(signed, &self.key).unwrap();
                self.disk.heads.push(entry);
                self.give(Input::Countersigned(entry))
            }
            Output::KeepHead(entry) => {
                self.disk.heads.push(entry);
                Vec::new()
            }
            Output::Named(named) => {
                self.named.insert(named.digest);
                self.fetch(named.digest)
            }
            Output::ReadDocument { digest, offset, bytes_max } => {
                let Some(bytes) = self.disk.documents.get(&digest) else {
                    return self.give(Input::DocumentNotRead { digest });
                };
                let rest = &bytes[offset as usize..];
                let bytes = rest[..rest.len().min(bytes_max)].to_vec();
                self.give(Input::DocumentRead { digest, offset, bytes })
            }
            Output::StorePart { digest, offset, bytes } => {
                let partial = self.disk.partial.entry(digest).or_default();
                assert_eq!(partial.len() as u64, offset);
                partial.extend_from_slice(&bytes);
                let size = partial.len() as u64;
                self.give(Input::PartStored { digest, size })
            }
            Output::Question { question } => {
                let answer = answer_about_claims(self.twin.summary(), &question).unwrap();
                self.give(Input::AnswerAboutClaims { answer })
            }
            other => unreachable!("no task: {other:?}"),
        }
    }

    pub fn fetch(&mut self, digest: Hash) -> Vec<Vec<u8>> {
        let mut held = RunningDigest::new();
        held.update(self.disk.partial.get(&digest).map_or(&[], Vec::as_slice));
        self.give(Input::Fetch { digest, held })
    }

    /// The program dies and starts again: what is on the disk is left.
    pub fn crash(&mut self) {
        self.tasks.clear();
        self.session = Session::new(self.role, relationship());
        self.twin = Twin::new(relationship());
        for half in Author::BOTH {
            for entry in &self.disk.halves[half as usize] {
                self.session.restore(half, entry).unwrap();
                let body = entry.body.as_deref().map(|body| Body::decode(body).unwrap());
                let event = Event::decode(&entry.event).unwrap();
                self.twin.replay(&event, body.as_ref()).unwrap();
            }
        }
        for head in &self.disk.heads {
            self.session.restore_head(head);
        }
        // What is not fetched to the end is fetched on; a whole one ends at once.
        let named = self.session.named_documents().map(|named| named.digest);
        self.named = named.collect();
        assert_eq!(self.named, documents_of(&self.disk.halves[self.role.other() as usize]));
        for digest in self.named.clone() {
            assert!(self.fetch(digest).is_empty());
        }
    }

    pub fn sizes(&self) -> [u64; 2] {
        Author::BOTH.map(|half| self.session.size(half))
    }

    /// Size of the largest head of a half that both have signed.
    pub fn head_size(&self, half: Author) -> u64 {
        let heads = self.disk.heads.iter().filter(|entry| entry.signed.head.author == half);
        heads.map(|entry| entry.signed.head.tree.size).max().unwrap_or(0)
    }
}

pub fn documents_of(entries: &[HalfEntry]) -> BTreeSet<Hash> {
    let event = |entry: &HalfEntry| Event::decode(&entry.event).unwrap();
    let files = entries.iter().filter(|entry| event(entry).kind == "file.sent");
    let body = |entry: &HalfEntry| Body::decode(entry.body.as_ref().unwrap()).unwrap();
    files.map(|entry| body(entry).digest("digest").unwrap()).collect()
}

/// Two nodes and what lies between them.
pub struct World {
    pub nodes: [Node; 2],
    /// To each node: messages on the channels of events and of documents.
    pub wires: [[VecDeque<Vec<u8>>; 2]; 2],
    /// Everything that was ever sent to each node.
    pub log: [Vec<Vec<u8>>; 2],
    pub is_connected: bool,
    pub bytes: u64,
    nonce: u64,
}

impl World {
    pub fn new() -> World {
        World {
            nodes: Author::BOTH.map(Node::new),
            wires: Default::default(),
            log: Default::default(),
            is_connected: false,
            bytes: 0,
            nonce: 100,
        }
    }

    /// Puts what a node sends on the wire; an empty message is the end of the connection.
    pub fn send(&mut self, from: usize, frames: Vec<Vec<u8>>) {
        for frame in frames {
            if frame.is_empty() {
                self.is_connected = false;
                // The other side still reads what was sent, then sees the end.
                self.wires[1 - from][0].push_back(frame);
            } else {
                self.bytes += frame.len() as u64;
                if self.log[1 - from].len() < 4_000 {
                    self.log[1 - from].push(frame.clone());
                }
                let channel = usize::from(frame[0] == 11);
                self.wires[1 - from][channel].push_back(frame);
            }
        }
    }

    pub fn with<T>(&mut self, node: usize, act: impl FnOnce(&mut Node) -> T) -> T
    where
        T: Into<Vec<Vec<u8>>> + Clone,
    {
        let frames = act(&mut self.nodes[node]);
        self.send(node, frames.clone().into());
        frames
    }

    /// The connection is lost with everything on its way.
    pub fn cut(&mut self) {
        self.is_connected = false;
        self.wires = Default::default();
        for node in 0..2 {
            self.with(node, |node| node.give(Input::Disconnected));
        }
        self.wires = Default::default();
    }

    /// A new connection.
    pub fn connect(&mut self) {
        self.cut();
        self.is_connected = true;
        for node in 0..2 {
            self.nonce += 1;
            let nonce = self.nonce;
            self.with(node, |node| node.give(Input::Connected { nonce, now_ms: node.now_ms }));
        }
    }

    pub fn deliver(&mut self, to: usize, channel: usize) -> bool {
        let Some(frame) = self.wires[to][channel].pop_front() else { return false };
        let input = if frame.is_empty() { Input::Disconnected } else { Input::Received(frame) };
        self.with(to, |node| node.give(input));
        true
    }

    pub fn tick(&mut self, milliseconds: i64) {
        for node in 0..2 {
            self.with(node, |node| {
                node.now_ms += milliseconds;
                node.give(Input::Tick { now_ms: node.now_ms })
            });
        }
    }

    /// Delivers and works until nothing is left to do; gives the number of steps.
    pub fn settle(&mut self) -> usize {
        for steps in 0..1_000_000 {
            let mut is_busy = false;
            for node in 0..2 {
                is_busy |= self.deliver(node, 0) | self.deliver(node, 1);
                if !self.nodes[node].tasks.is_empty() {
                    is_busy = true;
                    self.with(node, Node::work);
                }
            }
            if !is_busy {
                return steps;
            }
        }
        panic!("it does not come to rest");
    }

    /// Connects without faults and lets time pass until heads are signed.
    pub fn heal(&mut self) {
        self.connect();
        self.settle();
        for _ in 0..6 {
            self.tick(600);
            self.settle();
        }
    }

    /// Both hold the same of both halves, heads and documents.
    pub fn assert_equal(&self) {
        let [payer, provider] = &self.nodes;
        for half in Author::BOTH {
            let entries = [payer, provider].map(|node| &node.disk.halves[half as usize]);
            assert!(entries[0] == entries[1], "the {}'s half differs", half.word());
            let size = entries[0].len() as u64;
            assert_eq!([payer, provider].map(|node| node.session.size(half)), [size, size]);
            assert_eq!([payer, provider].map(|node| node.head_size(half)), [size, size]);
        }
        for node in [payer, provider] {
            assert_eq!(node.session.status().state, SyncState::InStep);
            let theirs = &self.nodes[1 - node.role as usize].disk;
            for digest in documents_of(&node.disk.halves[node.role.other() as usize]) {
                // Of an empty one there is no part.
                let fetched = node.disk.partial.get(&digest).map_or(&[][..], Vec::as_slice);
                assert_eq!(Some(fetched), theirs.documents.get(&digest).map(Vec::as_slice));
            }
        }
    }
}
