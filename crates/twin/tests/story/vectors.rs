//! The test vectors of the written format: what holds, and what is refused with which code.
#![allow(dead_code, reason = "the example writes them, the tests compare them")]

use super::{Story, agreed, forged, full_story};
use counterfoil_base::Text;
use counterfoil_twin::*;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value as Json, json};

/// Where the checked-in file lies, from the repository's root.
pub const PATH: &str = "docs/reference/twin-vectors.json";

/// The whole file as text: one line for each vector.
pub fn text() -> String {
    let mut out = String::from("{\n");
    let sections = vectors();
    for (at, (name, value)) in sections.iter().enumerate() {
        let comma = if at + 1 == sections.len() { "" } else { "," };
        match value {
            Json::Array(rows) => {
                let rows: Vec<String> = rows.iter().map(|row| format!("  {row}")).collect();
                out.push_str(&format!("\"{name}\": [\n{}\n]{comma}\n", rows.join(",\n")));
            }
            other => out.push_str(&format!("\"{name}\": {other}{comma}\n")),
        }
    }
    out.push_str("}\n");
    out
}

fn vectors() -> Vec<(&'static str, Json)> {
    let mut story = full_story();
    let small = small_story();
    let relationship = *story.twin.relationship();
    let standpoint = story.twin.standpoint();
    let keys = [11, 22, 12, 23].map(|seed: u8| {
        let key = PrivateKey::from_seed(&[seed; 32]);
        json!({"seed": to_hex(&[seed; 32]), "public": to_hex(&key.public_key())})
    });
    let mut files = Map::new();
    for (name, story) in [("full", &story), ("small", &small)] {
        for author in Author::BOTH {
            let name = format!("{name}.{}", author.word());
            files.insert(name, json!(to_hex(&story.file(author))));
        }
    }
    let withheld = story.file_with(Author::Payer, |event| needs_body(&event.kind));
    files.insert("withheld.payer".into(), json!(to_hex(&withheld)));
    vec![
        ("version", json!(1)),
        ("keys", json!(keys)),
        (
            "relationship",
            json!({
                "payer_key": to_hex(&relationship.payer_key),
                "provider_key": to_hex(&relationship.provider_key),
                "nonce": to_hex(&story.nonce),
                "id": to_hex(&relationship.id),
            }),
        ),
        ("subjects", subjects(&relationship.id)),
        ("signatures", signatures()),
        ("events", events(&story)),
        ("trees", trees(&story)),
        ("order", order(&story)),
        ("states", states(&story)),
        ("contracts", json!(agreed::contracts(&story))),
        ("settlements", json!(agreed::settlements(&story))),
        ("summaries", summaries(&mut story)),
        ("match_hash", json!(to_hex(&standpoint.hash(&relationship.id)))),
        ("refused_events", json!(refused_events(&story))),
        ("refused_bodies", json!(refused_bodies())),
        ("files", Json::Object(files)),
        ("verify", json!(verify_vectors(&small))),
        ("proofs", json!(proofs(&story))),
    ]
}

pub fn small_story() -> Story {
    let mut story = Story::new();
    story.claim(1);
    story.sign_heads(true);
    story
}

fn subjects(id: &Hash) -> Json {
    json!([
        {"file": to_hex(&[44; 32]), "ordinal": 1,
            "subject": claim_subject(id, &[44; 32], 1).as_str()},
        {"trace": "T1", "subject": payment_subject(id, "T1").as_str()},
        {"digest": to_hex(&[44; 32]), "subject": file_subject(&[44; 32]).as_str()},
    ])
}

/// Signatures on which verifiers are known to differ; the message is `twin`.
fn signatures() -> Json {
    let key = SigningKey::from_bytes(&[11; 32]);
    let public = to_hex(&key.verifying_key().to_bytes());
    let good = key.sign(b"twin").to_bytes();
    let mut high = good;
    add_order(&mut high);
    let small = "01".to_owned() + &"00".repeat(31);
    let small_signature = small.clone() + &"00".repeat(32);
    let row = |name: &str, key: &str, signature: &str, valid: bool| {
        json!({"name": name, "key": key, "message": to_hex(b"twin"), "signature": signature,
            "valid": valid})
    };
    let above = |first: &str| first.to_owned() + &"ff".repeat(30) + "7f";
    let no_point = "02".to_owned() + &"00".repeat(31) + &to_hex(&good[32..]);
    json!([
        row("as signed", &public, &to_hex(&good), true),
        row("S plus the group order", &public, &to_hex(&high), false),
        row("key and R of small order, S zero", &small, &small_signature, false),
        row("R with a point of order 8 added: holds with cofactor only", &public, TORSION, false),
        row("key with y of p + 3", &above("f0"), &to_hex(&good), false),
        row("R with y of p + 1", &public, &(above("ee") + &"00".repeat(32)), false),
        row("R is no point", &public, &no_point, false),
    ])
}

/// By the key of seed 11 times 32 over `twin`; made with the arithmetic of the second verifier.
pub const TORSION: &str = concat!(
    "1ab37b4d66b41fbc55268669b3af456f1117a0704b6ff30566922e05752f549c",
    "9c692e3ad8d32df03d67944ea4786adf6f78fafb650b4dffa1aac1ee272a2208"
);

/// Adds the order of the group to S, the second half of a signature.
fn add_order(signature: &mut [u8; 64]) {
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(from_hex(order).unwrap()) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

fn events(story: &Story) -> Json {
    let row = |(event, body): &(Event, Body)| {
        let salts: Map<String, Json> = body
            .fields()
            .iter()
            .map(|field| (field.name.to_string(), json!(to_hex(&body.salt(&field.name)))))
            .collect();
        json!({
            "author": event.author.word(), "sequence": event.sequence, "kind": event.kind.as_str(),
            "event": to_hex(&event.encode()), "body": to_hex(&body.encode()), "salts": salts,
            "payload_root": to_hex(&event.payload_root), "leaf_hash": to_hex(&event.leaf_hash()),
        })
    };
    story.entries.iter().flatten().map(row).collect()
}

/// Roots, inclusion and consistency of the payer's half at some sizes.
fn trees(story: &Story) -> Json {
    let tree = story.twin.tree(Author::Payer);
    let hexes = |path: Vec<Hash>| path.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>();
    let last = tree.size();
    [0, 1, 2, 3, 4, 7, 8, last]
        .map(|size| {
            let index = size / 2;
            json!({
                "size": size, "root": to_hex(&tree.root_at(size).unwrap()),
                "index": index, "inclusion": tree.inclusion(index, size).map(hexes),
                "to": last, "consistency": hexes(tree.consistency(size, last).unwrap()),
            })
        })
        .into_iter()
        .collect()
}

fn order(story: &Story) -> Json {
    let [payer, provider] = story
        .entries
        .each_ref()
        .map(|entries| entries.iter().map(|(event, _)| Place::of(event)).collect::<Vec<_>>());
    let merged = merge(&payer, &provider, |place| *place);
    json!([merged.iter().map(|p| json!([p.author.word(), p.sequence])).collect::<Vec<_>>()])
}

fn states(story: &Story) -> Json {
    let row = |(subject, state): (&Text, Option<&ClaimState>)| {
        let state = state.unwrap();
        json!({
            "subject": subject.as_str(), "standing": state.standing.word(),
            "state": to_hex(&state.encode()), "hash": to_hex(&state.hash(subject)),
        })
    };
    story.twin.claims().map(row).collect()
}

fn summaries(story: &mut Story) -> Json {
    let row = |summary: &mut Summary| {
        let entries = summary.entries_below(&Prefix::ALL);
        let entries: Vec<[String; 2]> =
            entries.iter().map(|entry| [to_hex(&entry.key), to_hex(&entry.value)]).collect();
        json!({"entries": entries, "digest": to_hex(&summary.digest())})
    };
    let mut rows = Vec::new();
    let mut summary = Summary::new();
    rows.push(row(&mut summary));
    for n in [0u8, 1, 2, 17, 200] {
        let mut key = [7; 32];
        key[if n < 20 { 31 } else { 0 }] = n;
        summary.put(key, [n; 32]);
        rows.push(row(&mut summary));
    }
    rows.push(row(story.twin.summary()));
    json!(rows)
}

fn refused_events(story: &Story) -> Vec<Json> {
    let good = story.entries[0][1].0.encode();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    [
        ("no bytes", Vec::new()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("a byte left over", [good.as_slice(), &[0]].concat()),
        ("author 0", with(33, 0)),
        ("author 3", with(33, 3)),
        ("kind of no byte", with(122, 0)),
        ("kind of 65 bytes", with(122, 65)),
        ("capital in the kind", with(123, b'C')),
        ("hyphen in the kind", with(123, b'-')),
        ("blank in the subject", with(140, b' ')),
        ("not ASCII in the subject", with(140, 0xe9)),
        ("version 0", with(0, 0)),
        ("version 2", with(0, 2)),
    ]
    .into_iter()
    .map(|(name, bytes)| json!({"name": name, "event": to_hex(&bytes)}))
    .collect()
}

fn field(name: &[u8], sign: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_be_bytes();
    let name_length = [u8::try_from(name.len()).unwrap()];
    [&name_length, name, &[sign], &length, value].concat()
}

fn body_of(fields: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(fields.len()).unwrap().to_be_bytes();
    [[9; 32].as_slice(), &count, &fields.concat()].concat()
}

fn refused_bodies() -> Vec<Json> {
    let good = field(b"a", 1, b"x");
    [
        ("cut", vec![0; 33]),
        ("no field", body_of(&[])),
        ("one field more than said", [body_of(&[]), good.clone()].concat()),
        ("one field less than said", body_of(&[good.clone(), Vec::new()])),
        ("a name twice", body_of(&[good.clone(), good.clone()])),
        ("names out of order", body_of(&[field(b"b", 1, b""), good.clone()])),
        ("no name", body_of(&[field(b"", 1, b"")])),
        ("capital in a name", body_of(&[field(b"A", 1, b"")])),
        ("type 0", body_of(&[field(b"a", 0, b"")])),
        ("type 6", body_of(&[field(b"a", 6, b"")])),
        ("overlong UTF-8", body_of(&[field(b"a", 1, &[0xc0, 0x80])])),
        ("surrogate in UTF-8", body_of(&[field(b"a", 1, &[0xed, 0xa0, 0x80])])),
        ("integer of 9 bytes", body_of(&[field(b"a", 2, &[0; 9])])),
        ("29 February 2023", body_of(&[field(b"a", 3, &[0x07, 0xe7, 2, 29])])),
        ("29 February 1900", body_of(&[field(b"a", 3, &[0x07, 0x6c, 2, 29])])),
        ("year 0", body_of(&[field(b"a", 3, &[0, 0, 1, 1])])),
        ("year 10000", body_of(&[field(b"a", 3, &[0x27, 0x10, 1, 1])])),
        ("month 13", body_of(&[field(b"a", 3, &[0x07, 0xe7, 13, 1])])),
        ("digest of 31 bytes", body_of(&[field(b"a", 5, &[0; 31])])),
    ]
    .into_iter()
    .map(|(name, bytes)| json!({"name": name, "body": to_hex(&bytes)}))
    .collect()
}

/// A file as a change of a named one, so that the vectors stay small.
fn change(base: &str, from: &[u8], to: &[u8]) -> Json {
    let at = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let most = from.len().min(to.len()) - at;
    let same_end = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
    let same_end = same_end.min(most);
    json!({
        "base": base, "at": at, "delete": from.len() - same_end - at,
        "insert": to_hex(&to[at..to.len() - same_end]),
    })
}

/// What is expected of one file.
type Expected = Option<(&'static str, &'static str, u64)>;

fn expected(expected: Expected) -> Json {
    match expected {
        None => Json::Null,
        Some((code, "file", _)) => json!([code, "file"]),
        Some((code, place, at)) => json!([code, place, at]),
    }
}

fn verify_vectors(small: &Story) -> Vec<Json> {
    let bases = [small.file(Author::Payer), small.file(Author::Provider)];
    let mut rows = vec![
        json!({"name": "every kind, rotations and heads", "files": ["full.payer", "full.provider"],
            "expected": [null, null]}),
        json!({"name": "bodies withheld", "files": ["withheld.payer", "full.provider"],
            "expected": [null, null]}),
        json!({"name": "one half alone", "files": ["full.payer"], "expected": [null]}),
        json!({"name": "TWN-03 one file twice", "files": ["full.payer", "full.payer"],
            "expected": [null, ["TWN-03", "event", 0]]}),
        json!({"name": "TWN-12 the other half is much older",
            "files": ["full.payer", "small.provider"],
            "expected": [["TWN-12", "event", 4], null]}),
    ];
    let mut negatives = forged::negatives(small);
    for negative in &mut negatives {
        let files: Vec<Json> = (0..2)
            .map(|at| match &negative.files[at] {
                Some(file) => {
                    let name = format!("small.{}", Author::BOTH[at].word());
                    change(&name, &bases[at], file)
                }
                None => json!(format!("small.{}", Author::BOTH[at].word())),
            })
            .collect();
        let kept: Vec<String> = negative.kept.iter().map(|head| to_hex(&head.encode())).collect();
        let expected: Vec<Json> = negative.expected.iter().map(|e| expected(*e)).collect();
        let mut row = json!({"name": negative.name, "files": files, "expected": expected});
        if !kept.is_empty() {
            row["kept_heads"] = json!([kept, []]);
        }
        rows.push(row);
    }
    let fork = forged::fork(small);
    rows.push(json!({
        "name": "TWN-17 two stories for one place",
        "copies": ["small.payer", change("small.payer", &bases[0], &fork)],
        "expected": [["TWN-17", "event", 3]],
    }));
    rows
}

fn proofs(story: &Story) -> Vec<Json> {
    let tree = story.twin.tree(Author::Payer);
    let (rotations, entries) = (story.rotations(Author::Payer), &story.entries[0]);
    let head = story.heads[0].last().unwrap();
    let (event, body) = &entries[3];
    let shown = Shown { event, body, fields: &["paid_cents"] };
    let proof = write_proof(story.twin.relationship(), head, tree, &rotations, shown).unwrap();
    let mut rows = vec![json!({
        "name": "one amount of a payment", "proof": to_hex(&proof), "expected": null,
        "sequence": 3, "fields": [to_hex(&body.fields()[2].encode())],
    })];
    let first = &story.heads[0][0];
    let none = Shown { event, body, fields: &[] };
    let early = write_proof(story.twin.relationship(), first, tree, &[], none).unwrap();
    rows.push(json!({
        "name": "an event under an early, countersigned head", "proof": to_hex(&early),
        "expected": null, "sequence": 3, "fields": [],
    }));
    let opening = 8 + 96 + HEAD_ENTRY_BYTES + 1;
    let path = opening + 2 + event.encode().len() + 1;
    for (name, at, bit, code) in [
        ("another magic", 0, 1, "TWN-01"),
        ("another relationship", 8, 1, "TWN-13"),
        ("another first key", 40, 1, "TWN-06"),
        ("another size", 8 + 96 + 33, 0x80, "TWN-13"),
        ("another root", 8 + 96 + 45, 1, "TWN-13"),
        ("a changed countersignature", opening - 2, 1, "TWN-14"),
        ("an event of another version", opening + 2, 2, "TWN-03"),
        ("an event of no author", opening + 2 + 33, 2, "TWN-02"),
        ("an event of the other author", opening + 2 + 33, 3, "TWN-03"),
        ("a changed event", opening + 2 + 45, 1, "TWN-06"),
        ("another path", path, 1, "TWN-13"),
        ("one field more than there is", early.len() - 1, 1, "TWN-01"),
    ] {
        let mut bytes = early.clone();
        bytes[at] ^= bit;
        rows.push(json!({"name": name, "proof": to_hex(&bytes), "expected": code}));
    }
    let mut shown = proof.clone();
    *shown.last_mut().unwrap() ^= 1;
    rows.push(
        json!({"name": "a changed path of a field", "proof": to_hex(&shown), "expected": "TWN-09"}),
    );
    let missing = {
        let (event, body) = entries.last().unwrap();
        let shown = Shown { event, body, fields: &[] };
        write_proof(story.twin.relationship(), head, tree, &[], shown).unwrap()
    };
    rows.push(
        json!({"name": "a rotation left out", "proof": to_hex(&missing), "expected": "TWN-06"}),
    );
    let not_one = {
        let shown = Shown { event, body, fields: &["paid_cents"] };
        let other = [(event.clone(), body_with_key())];
        write_proof(story.twin.relationship(), head, tree, &other, shown).unwrap()
    };
    rows.push(
        json!({"name": "a rotation that is none", "proof": to_hex(&not_one), "expected": "TWN-09"}),
    );
    rows
}

fn body_with_key() -> Body {
    let fields = vec![Field::bytes("new_key", [1; 32]), Field::bytes("proof", [2; 64])];
    Body::new([0; 32], fields).unwrap()
}
