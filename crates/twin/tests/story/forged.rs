//! Halves that a dishonest or mistaken author could make: each with one fault, signed as well as
//! its author can.
#![allow(dead_code, reason = "each test file uses a part of it")]

use super::Story;
use counterfoil_twin::*;
use ed25519_dalek::{Signer as _, SigningKey};

/// Files with one fault; a file that is not there is the honest one.
pub struct Negative {
    pub name: &'static str,
    pub files: [Option<Vec<u8>>; 2],
    /// Heads of the payer's half that the verifier has kept.
    pub kept: Vec<HeadEntry>,
    pub expected: [Option<(&'static str, &'static str, u64)>; 2],
}

/// A half as its author has it, to be changed and written again.
#[derive(Clone)]
pub struct Forge {
    pub author: Author,
    pub relationship: Relationship,
    pub entries: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub heads: Vec<[u8; HEAD_ENTRY_BYTES]>,
    keys: [[u8; 32]; 2],
}

impl Forge {
    /// The half of an author of the small story.
    pub fn of(story: &Story, author: Author) -> Forge {
        let entry = |(event, body): &(Event, Body)| (event.encode(), Some(body.encode()));
        Forge {
            author,
            relationship: *story.twin.relationship(),
            entries: story.entries[author as usize].iter().map(entry).collect(),
            heads: story.heads[author as usize]
                .iter()
                .map(|head| head.encode().try_into().unwrap())
                .collect(),
            keys: [[11; 32], [22; 32]],
        }
    }

    pub fn event(&self, at: usize) -> Event {
        Event::decode(&self.entries[at].0).unwrap()
    }

    /// Puts an event in place of one, signed by the author.
    pub fn put(&mut self, at: usize, event: Event) {
        self.entries[at].0 = sign(event, &self.keys[self.author as usize]);
    }

    /// Changes an event and signs it, and all behind it so that they follow, and the heads.
    pub fn edit(&mut self, at: usize, change: impl FnOnce(&mut Event)) {
        let mut event = self.event(at);
        change(&mut event);
        self.put(at, event);
        for next in at + 1..self.entries.len() {
            let mut event = self.event(next);
            event.previous = leaf_hash(&self.entries[next - 1].0);
            self.put(next, event);
        }
        self.sign_head();
    }

    /// Says something else at a place, as far as bytes go.
    pub fn say(&mut self, at: usize, kind: &str, subject: &str, fields: Vec<Field>) {
        let body = Body::new([5; 32], fields).unwrap();
        self.entries[at].1 = Some(body.encode());
        self.edit(at, |event| {
            event.kind = kind.into();
            event.subject = subject.into();
            event.payload_root = body.payload_root();
        });
    }

    /// One head over all events, countersigned.
    pub fn sign_head(&mut self) {
        let mut tree = Frontier::new();
        self.entries.iter().for_each(|(event, _)| tree.push(leaf_hash(event)));
        let tree = TreeHead { size: tree.size(), root: tree.root() };
        self.heads = vec![self.head(tree)];
    }

    pub fn head(&self, tree: TreeHead) -> [u8; HEAD_ENTRY_BYTES] {
        let head =
            Head { relationship: self.relationship.id, author: self.author, tree, time_ms: 0 };
        let [mine, other] = [self.author, self.author.other()]
            .map(|author| PrivateKey::from_seed(&self.keys[author as usize]));
        head.sign(&mine).countersign(&other).encode().try_into().unwrap()
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = HALF_MAGIC.to_vec();
        out.extend_from_slice(&self.relationship.id);
        out.extend_from_slice(&self.relationship.payer_key);
        out.extend_from_slice(&self.relationship.provider_key);
        out.push(self.author.sign());
        out.extend_from_slice(&u16::try_from(self.heads.len()).unwrap().to_be_bytes());
        self.heads.iter().for_each(|head| out.extend_from_slice(head));
        out.extend_from_slice(&(self.entries.len() as u64).to_be_bytes());
        for (event, body) in &self.entries {
            out.extend_from_slice(&u16::try_from(event.len()).unwrap().to_be_bytes());
            out.extend_from_slice(event);
            let length = body.as_ref().map_or(u32::MAX, |body| u32::try_from(body.len()).unwrap());
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(body.as_deref().unwrap_or_default());
        }
        out
    }
}

/// The bytes of an event with a signature of this key.
pub fn sign(event: Event, seed: &[u8; 32]) -> Vec<u8> {
    let mut bytes = event.encode();
    bytes.truncate(bytes.len() - 64);
    let message = [b"counterfoil/twin/event/1\0".as_slice(), &bytes].concat();
    bytes.extend_from_slice(&SigningKey::from_bytes(seed).sign(&message).to_bytes());
    bytes
}

/// The payer's half with another last event for the same place.
pub fn fork(small: &Story) -> Vec<u8> {
    let mut forge = Forge::of(small, Author::Payer);
    forge.edit(3, |event| event.time_ms += 1);
    forge.write()
}

fn reason() -> Vec<Field> {
    vec![Field::text("reason", "x")]
}

fn stated(f: &mut Forge, subject: &str, status: &str) {
    let fields = vec![
        Field::digest("contract", [1; 32]),
        Field::digest("facts", [2; 32]),
        Field::digest("statement", [3; 32]),
        Field::integer("amount_cents", 1),
        Field::integer("rows", 1),
        Field::text("status", status),
        Field::text("stated_by", "x"),
    ];
    f.say(2, "settlement.stated", subject, fields);
}

/// Faults of the payer's file alone; the provider's is honest.
type Fault = (&'static str, &'static str, u64, fn(&mut Forge));

/// Faults in the order of their codes. Events of the payer: 0 opened, 1 received, 2 decided,
/// 3 paid. The name begins with the code that is expected.
#[rustfmt::skip]
const FAULTS: [Fault; 40] = [
    ("TWN-02 capital in the kind", "event", 2, |f| f.entries[2].0[123] = b'C'),
    ("TWN-02 author 3", "event", 2, |f| f.entries[2].0[33] = 3),
    ("TWN-02 an event cut by a byte", "event", 1, |f| { f.entries[1].0.pop(); }),
    ("TWN-03 version 2", "event", 1, |f| f.entries[1].0[0] = 2),
    ("TWN-03 another relationship", "event", 3, |f| f.edit(3, |e| e.relationship[0] ^= 1)),
    ("TWN-03 the other author", "event", 3, |f| f.edit(3, |e| e.author = Author::Provider)),
    ("TWN-04 an event taken out", "event", 1, |f| { f.entries.remove(1); }),
    ("TWN-04 an event doubled", "event", 3, |f| f.entries.insert(3, f.entries[2].clone())),
    ("TWN-04 two events swapped", "event", 1, |f| f.entries.swap(1, 2)),
    ("TWN-05 another previous", "event", 2, |f| f.edit(2, |e| e.previous[31] ^= 1)),
    ("TWN-05 an event exchanged by its author", "event", 2, |f| {
        let mut event = f.event(1);
        event.time_ms -= 1;
        f.put(1, event);
    }),
    ("TWN-06 a bit of R", "event", 3,
     |f| { let at = f.entries[3].0.len() - 64; f.entries[3].0[at] ^= 1; }),
    ("TWN-06 a bit of S", "event", 3,
     |f| { let at = f.entries[3].0.len() - 32; f.entries[3].0[at] ^= 1; }),
    ("TWN-06 signed by the other party", "event", 3,
     |f| f.entries[3].0 = sign(f.event(3), &[22; 32])),
    ("TWN-06 dated back without its key", "event", 3, |f| f.entries[3].0[81] ^= 1),
    ("TWN-07 dated back with its key", "event", 2, |f| f.edit(2, |e| e.time_ms -= 10_000)),
    ("TWN-08 sees less than before", "event", 2, |f| f.edit(2, |e| {
        e.seen_size = 1;
        e.seen_root = empty_root();
    })),
    ("TWN-09 a changed byte", "event", 3, |f| if let Some(body) = &mut f.entries[3].1 {
        let at = body.len() - 10;
        body[at] ^= 1;
    }),
    ("TWN-09 bodies exchanged", "event", 2, |f| f.entries[2].1 = f.entries[3].1.clone()),
    ("TWN-09 the opening withheld", "event", 0, |f| f.entries[0].1 = None),
    ("TWN-09 a byte left over in the body", "event", 1,
     |f| if let Some(body) = &mut f.entries[1].1 {
        body.push(0);
    }),
    ("TWN-10 what only the provider may say", "event", 2, |f| {
        let subject = f.event(2).subject;
        f.say(2, "dispute.opened", &subject, reason());
    }),
    ("TWN-10 a field missing", "event", 2, |f| {
        let subject = f.event(2).subject;
        f.say(2, "claim.pended", &subject, vec![Field::text("note", "x")]);
    }),
    ("TWN-10 a field of another type", "event", 2, |f| {
        let subject = f.event(2).subject;
        f.say(2, "claim.pended", &subject, vec![Field::integer("reason", 1)]);
    }),
    ("TWN-10 an outcome that does not exist", "event", 3, |f| {
        let subject = f.event(3).subject;
        let fields = vec![Field::text("outcome", "maybe"), Field::text("reason", "x")];
        f.say(3, "dispute.answered", &subject, fields);
    }),
    ("TWN-10 a subject of another form", "event", 2,
     |f| f.say(2, "claim.pended", "claim/1", reason())),
    ("TWN-10 a contract without a day", "event", 2, |f| {
        let fields = vec![Field::digest("digest", [1; 32]), Field::text("signed_by", "x")];
        f.say(2, "contract.signed", "contract/x", fields);
    }),
    ("TWN-10 a settlement without a period", "event", 2, |f| stated(f, "settlement/x", "final")),
    ("TWN-10 a settlement of two periods", "event", 2,
     |f| stated(f, "settlement/x/1/2", "final")),
    ("TWN-10 a status that does not exist", "event", 2,
     |f| stated(f, "settlement/x/1", "draft")),
    ("TWN-10 a subject that does not follow", "event", 3, |f| {
        let subject = file_subject(&[1; 32]);
        f.say(3, "file.received", &subject, vec![Field::digest("digest", [2; 32])]);
    }),
    ("TWN-10 opened again", "event", 3, |f| {
        let body = Body::decode(f.entries[0].1.as_ref().unwrap()).unwrap();
        f.say(3, "relationship.opened", RELATIONSHIP, body.fields().to_vec());
    }),
    ("TWN-10 a new key that has not signed", "event", 3, |f| {
        let key = PrivateKey::from_seed(&[9; 32]);
        let fields = vec![Field::bytes("new_key", key.public_key()),
            Field::bytes("proof", [0; 64])];
        f.say(3, "key.rotated", KEY, fields);
    }),
    ("TWN-10 a new key of small order", "event", 3, |f| {
        let mut key = [0; 32];
        key[0] = 1;
        let proof = [key.as_slice(), &[0; 32]].concat();
        f.say(3, "key.rotated", KEY, vec![Field::bytes("new_key", key),
            Field::bytes("proof", proof)]);
    }),
    ("TWN-11 another history of the other half", "event", 2,
     |f| f.edit(2, |e| e.seen_root[0] ^= 1)),
    ("TWN-12 sees more than there is", "event", 3, |f| f.edit(3, |e| e.seen_size = 4)),
    ("TWN-16 another nonce", "event", 0, |f| {
        let body = Body::decode(f.entries[0].1.as_ref().unwrap()).unwrap();
        let changed = body.fields().iter().map(|field| match field.name.as_str() {
            "nonce" => Field::bytes("nonce", [1; 32]),
            _ => field.clone(),
        });
        f.say(0, "relationship.opened", RELATIONSHIP, changed.collect());
    }),
    ("TWN-16 the other party's key exchanged", "event", 0, |f| f.relationship.provider_key[0] ^= 1),
    ("TWN-16 begins with something else", "event", 0, |f| {
        f.say(0, "claim.pended", "claim/00000000000000000000000000000000", reason());
    }),
    ("TWN-06 the author's key exchanged", "event", 0, |f| f.relationship.payer_key = [1; 32]),
];

/// Faults of the heads: what is expected, and the heads.
fn head_faults(forge: &Forge) -> Vec<(&'static str, u64, Vec<[u8; HEAD_ENTRY_BYTES]>)> {
    let good = forge.heads[0];
    let with = |at: usize| {
        let mut head = good;
        head[at] ^= 1;
        head
    };
    let root_at = |size: u64| {
        let mut tree = Frontier::new();
        let events = forge.entries.iter().take(usize::try_from(size).unwrap());
        events.for_each(|(event, _)| tree.push(leaf_hash(event)));
        TreeHead { size, root: tree.root() }
    };
    let (old, mut other_key) = (forge.head(root_at(2)), good);
    let stranger = PrivateKey::from_seed(&[99; 32]);
    if let Ok(entry) = HeadEntry::decode(&good) {
        other_key = entry.signed.countersign(&stranger).encode().try_into().unwrap();
    }
    let mut alone = [0; HEAD_ENTRY_BYTES];
    alone[..145].copy_from_slice(&good[..145]);
    let mut ahead = forge.head(TreeHead { size: 9, root: [7; 32] });
    let countersigned_ahead = ahead;
    ahead[145..].fill(0);
    let mut not_zero = alone;
    not_zero[200] = 1;
    vec![
        ("TWN-13 no head", 0, vec![]),
        ("TWN-13 an old head as the last", 2, vec![old]),
        ("TWN-13 heads out of order", 2, vec![good, old]),
        ("TWN-13 one head twice", 4, vec![good, good]),
        ("TWN-13 a changed signature", 4, vec![with(81)]),
        ("TWN-13 a changed time", 4, vec![with(80)]),
        ("TWN-13 another root, signed", 4, vec![forge.head(TreeHead { size: 4, root: [7; 32] })]),
        ("TWN-13 an author that is none", 0, vec![with(32)]),
        ("TWN-13 of the other half", 4, vec![with(0)]),
        ("TWN-13 size 0", 0, vec![forge.head(TreeHead { size: 0, root: empty_root() }), good]),
        ("TWN-13 more than there is, signed by the author alone", 9, vec![good, ahead]),
        ("TWN-14 a changed countersignature", 4, vec![with(HEAD_ENTRY_BYTES - 40)]),
        (
            "TWN-14 a sign that is neither",
            4,
            vec![{
                let mut head = good;
                head[145] = 2;
                head
            }],
        ),
        ("TWN-14 by a stranger", 4, vec![other_key]),
        ("TWN-14 not zero where there is none", 4, vec![not_zero]),
        ("TWN-15 shorter than a countersigned head", 9, vec![good, countersigned_ahead]),
    ]
}

/// Every fault, each alone in its files.
pub fn negatives(small: &Story) -> Vec<Negative> {
    let honest = Forge::of(small, Author::Payer);
    let payer = |name: &'static str, file: Vec<u8>, place: &'static str, at: u64| Negative {
        name,
        files: [Some(file), None],
        kept: Vec::new(),
        expected: [Some((&name[..6], place, at)), None],
    };
    let good = honest.write();
    let with = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        file
    };
    let longer = [good.as_slice(), b"x"].concat();
    let mut rows = vec![
        payer("TWN-01 no bytes", Vec::new(), "file", 0),
        payer("TWN-01 another magic", with(6, b'2'), "file", 0),
        payer("TWN-01 author 3", with(104, 3), "file", 0),
        payer("TWN-01 cut in the heads", good[..200].to_vec(), "file", 0),
        payer("TWN-01 a byte left over", longer, "file", 0),
        payer("TWN-02 one event fewer than said", cut_events(&honest, 3, 4), "event", 3),
        payer("TWN-01 one event more than said", cut_events(&honest, 4, 3), "file", 0),
        payer("TWN-09 cut in the last body", good[..good.len() - 5].to_vec(), "event", 3),
        payer("TWN-09 a body longer than any", with(long_body(&honest), 1), "event", 0),
    ];
    for (name, place, at, change) in FAULTS {
        let mut forge = honest.clone();
        change(&mut forge);
        let mut row = payer(name, forge.write(), place, at);
        if name.starts_with("TWN-11") || name.starts_with("TWN-12") {
            // By itself the half holds, but it is not the one that the provider saw.
            row.expected[1] = Some(("TWN-11", "event", 2));
        }
        rows.push(row);
    }
    for (name, size, heads) in head_faults(&honest) {
        let forge = Forge { heads, ..honest.clone() };
        rows.push(payer(name, forge.write(), "head", size));
    }
    rows.extend(pairs(small, &honest));
    rows
}

/// Where the high byte of the length of the first body stands.
fn long_body(forge: &Forge) -> usize {
    8 + 96 + 1 + 2 + forge.heads.len() * HEAD_ENTRY_BYTES + 8 + 2 + forge.entries[0].0.len()
}

/// A file that has so many events and says that it has others.
fn cut_events(honest: &Forge, has: usize, says: u64) -> Vec<u8> {
    let mut forge = honest.clone();
    forge.entries.truncate(has);
    let mut file = forge.write();
    let at = 8 + 96 + 1 + 2 + forge.heads.len() * HEAD_ENTRY_BYTES;
    file[at..at + 8].copy_from_slice(&says.to_be_bytes());
    file
}

/// Faults between the two files, and heads that were kept.
fn pairs(small: &Story, honest: &Forge) -> Vec<Negative> {
    let mut shorter = honest.clone();
    shorter.entries.truncate(2);
    shorter.sign_head();
    let none = || [None, None];
    let mut provider = Forge::of(small, Author::Provider);
    provider.entries.truncate(2);
    provider.sign_head();
    let mut damaged = Forge::of(small, Author::Provider);
    let last = damaged.entries[1].0.len() - 1;
    damaged.entries[1].0[last] ^= 1;
    let kept = small.heads[0].clone();
    let entry = HeadEntry::decode(&honest.head(TreeHead { size: 3, root: [7; 32] })).unwrap();
    vec![
        Negative {
            name: "TWN-12 the other half is an older copy",
            files: [Some(shorter.write()), None],
            kept: Vec::new(),
            expected: [None, Some(("TWN-12", "event", 2))],
        },
        Negative {
            name: "TWN-15 shorter than a head that was kept",
            files: [Some(shorter.write()), Some(provider.write())],
            kept,
            expected: [Some(("TWN-15", "head", 4)), None],
        },
        Negative {
            name: "TWN-13 another history than a head that was kept",
            files: none(),
            kept: vec![entry],
            expected: [Some(("TWN-13", "head", 3)), None],
        },
        Negative {
            name: "TWN-06 what saw more than the damage is not judged",
            files: [None, Some(damaged.write())],
            kept: Vec::new(),
            expected: [None, Some(("TWN-06", "event", 1))],
        },
    ]
}
