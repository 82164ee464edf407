//! Proof of one event, or some of its fields, that shows nothing else (section 12).

use crate::body::{Body, FIELDS_MAX, Field, Salt, field_leaf};
use crate::bytes::{Cursor, put_path};
use crate::chain::Relationship;
use crate::event::{Author, Event, EventError};
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::Hash;
use crate::head::{HEAD_ENTRY_BYTES, HeadEntry, HeadError, SignedHead};
use crate::keys::{KeyBytes, PublicKey, Signature};
use crate::kinds::check_rotation;
use crate::subject::KEY;
use crate::tree::{Tree, root_from_inclusion};

/// The bytes with which a proof file begins.
pub const PROOF_MAGIC: &[u8; 8] = b"CFPROOF1";

/// One event with the way to the head, and some of its fields.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its body, from which the fields are taken.
    pub body: &'a Body,
    /// Names of the fields to show; the others stay hidden.
    pub fields: &'a [&'a str],
}

/// Why a proof cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The event lies behind the head, or the tree does not reach to the head.
    #[error("the head does not cover the event")]
    NotCovered,
    /// The event has no field of that name.
    #[error("the event has no such field")]
    NoField,
    /// More than 255 keys have been in force.
    #[error("there are more than 255 rotations")]
    Rotations,
}

/// Writes the proof of an event in the half with this tree, under one of its heads.
///
/// `rotations` are all `key.rotated` events of the half below the head's size with their bodies,
/// ascending.
///
/// # Errors
/// [`ProofError`] when the head does not cover an event or a field does not exist.
pub fn write_proof(
    relationship: &Relationship,
    head: &HeadEntry,
    tree: &Tree,
    rotations: &[(Event, Body)],
    shown: Shown<'_>,
) -> Result<Vec<u8>, ProofError> {
    let size = head.signed.head.tree.size;
    let mut out = PROOF_MAGIC.to_vec();
    out.extend_from_slice(&relationship.id);
    out.extend_from_slice(&relationship.payer_key);
    out.extend_from_slice(&relationship.provider_key);
    out.extend_from_slice(&head.encode());
    out.push(u8::try_from(rotations.len()).map_err(|_| ProofError::Rotations)?);
    for (event, body) in rotations {
        let shown = Shown { event, body, fields: &["new_key", "proof"] };
        write_opening(&mut out, tree, size, shown)?;
    }
    write_opening(&mut out, tree, size, shown)?;
    Ok(out)
}

fn write_opening(
    out: &mut Vec<u8>,
    tree: &Tree,
    size: u64,
    shown: Shown<'_>,
) -> Result<(), ProofError> {
    let event = shown.event.encode();
    let length = u16::try_from(event.len()).expect("an event has at most 444 bytes");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&event);
    put_path(out, &tree.inclusion(shown.event.sequence, size).ok_or(ProofError::NotCovered)?);
    let fields = shown.body.fields();
    let position = |name: &&str| fields.iter().position(|field| field.name == **name);
    let positions: Option<Vec<usize>> = shown.fields.iter().map(position).collect();
    let mut positions = positions.ok_or(ProofError::NoField)?;
    positions.sort_unstable();
    positions.dedup();
    let count = |n: usize| u16::try_from(n).expect("a body has at most 64 fields").to_be_bytes();
    out.extend_from_slice(&count(fields.len()));
    out.extend_from_slice(&count(positions.len()));
    let payload = shown.body.tree();
    for at in positions {
        let field = fields[at].encode();
        let length = u32::try_from(field.len()).expect("a field is bounded where it is made");
        let path = payload.inclusion(at as u64, fields.len() as u64);
        out.extend_from_slice(&count(at));
        out.extend_from_slice(&shown.body.salt(&fields[at].name));
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&field);
        put_path(out, &path.ok_or(ProofError::NoField)?);
    }
    Ok(())
}

/// What a proof shows, once it holds. Compare relationship and keys with those you know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Identifier and first keys that the proof builds on.
    pub relationship: Relationship,
    /// The head that covers the event.
    pub head: SignedHead,
    /// True when the other party has countersigned the head with its first key; nothing when with
    /// a later key, which only its half could prove.
    pub is_countersigned: Option<bool>,
    /// The event.
    pub event: Event,
    /// The fields that are shown.
    pub fields: Vec<Field>,
}

/// An opening as it is read; nothing in it is judged.
struct Opening<'a> {
    event: &'a [u8],
    path: Vec<Hash>,
    fields: u16,
    shown: Vec<ShownField<'a>>,
}

struct ShownField<'a> {
    position: u16,
    salt: Salt,
    field: &'a [u8],
    path: Vec<Hash>,
}

impl<'a> Opening<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Opening<'a>> {
        let length = usize::from(cursor.u16()?);
        let (event, path) = (cursor.take(length)?, cursor.path()?);
        let (fields, count) = (cursor.u16()?, cursor.u16()?);
        let shown: Option<Vec<_>> = (0..count).map(|_| ShownField::read(cursor)).collect();
        Some(Opening { event, path, fields, shown: shown? })
    }
}

impl<'a> ShownField<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<ShownField<'a>> {
        let (position, salt, length) = (cursor.u16()?, cursor.array()?, cursor.u32()? as usize);
        Some(ShownField { position, salt, field: cursor.take(length)?, path: cursor.path()? })
    }
}

/// A proof file as it is read.
struct ProofFile<'a> {
    relationship: Relationship,
    head: &'a [u8; HEAD_ENTRY_BYTES],
    rotations: Vec<Opening<'a>>,
    opening: Opening<'a>,
}

fn read_file(bytes: &[u8]) -> Option<ProofFile<'_>> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(PROOF_MAGIC.len())? != PROOF_MAGIC {
        return None;
    }
    let id = cursor.hash()?;
    let relationship = Relationship { id, payer_key: cursor.hash()?, provider_key: cursor.hash()? };
    let head = cursor.take(HEAD_ENTRY_BYTES)?.try_into().ok()?;
    let count = cursor.u8()?;
    let rotations: Option<Vec<_>> = (0..count).map(|_| Opening::read(&mut cursor)).collect();
    let (rotations, opening) = (rotations?, Opening::read(&mut cursor)?);
    cursor.is_empty().then_some(ProofFile { relationship, head, rotations, opening })
}

/// What is known while the openings of a proof are checked.
struct Checker {
    relationship: Relationship,
    author: Author,
    head: SignedHead,
    /// First sequence and key.
    keys: Vec<(u64, Option<PublicKey>)>,
}

impl Checker {
    fn finding(&self, code: Code, place: Place, why: &str) -> TwinFinding {
        TwinFinding::new(code, Some(self.author), place).detail(why)
    }

    fn key_at(&self, sequence: u64) -> Option<PublicKey> {
        self.keys.iter().rev().find(|(from, _)| *from <= sequence).and_then(|(_, key)| *key)
    }

    fn check(&self, opening: &Opening<'_>) -> Result<(Event, Vec<Field>), TwinFinding> {
        let event = Event::decode(opening.event).map_err(|error| {
            let code = match error {
                EventError::Version(_) => Code::OtherRelationship,
                EventError::Form(_) => Code::EventForm,
            };
            self.finding(code, Place::File, &error.to_string())
        })?;
        let refuse = |code, why| Err(self.finding(code, Place::Event(event.sequence), why));
        let tree = self.head.head.tree;
        if event.relationship != self.relationship.id || event.author != self.author {
            return refuse(Code::OtherRelationship, "");
        }
        if event.sequence >= tree.size {
            return refuse(Code::Sequence, "the head does not cover it");
        }
        if !self.key_at(event.sequence).is_some_and(|key| event.is_signed_by(&key)) {
            return refuse(Code::Signature, "");
        }
        let leaf = event.leaf_hash();
        if root_from_inclusion(leaf, event.sequence, tree.size, &opening.path) != Some(tree.root) {
            return refuse(Code::Head, "the path does not lead to the head's root");
        }
        match shown_fields(&event, opening) {
            Some(fields) => Ok((event, fields)),
            None => refuse(Code::Body, "a shown field is not what was signed"),
        }
    }

    /// Takes the key of a rotation into force.
    fn rotate(&mut self, opening: &Opening<'_>) -> Result<(), TwinFinding> {
        let (event, fields) = self.check(opening)?;
        let refuse = |code, why| Err(self.finding(code, Place::Event(event.sequence), why));
        if self.keys.last().is_some_and(|(from, _)| *from > event.sequence) {
            return refuse(Code::Sequence, "rotations do not ascend");
        }
        let bytes = |name: &str| {
            let field = fields.iter().find(|field| field.name == name)?;
            if let crate::body::Value::Bytes(bytes) = &field.value { Some(bytes) } else { None }
        };
        let key: Option<KeyBytes> = bytes("new_key").and_then(|b| b.as_slice().try_into().ok());
        let proof: Option<Signature> = bytes("proof").and_then(|b| b.as_slice().try_into().ok());
        let is_rotation = event.kind == "key.rotated" && event.subject == KEY;
        let key = match (is_rotation, key, proof) {
            (true, Some(key), Some(proof)) => check_rotation(&event, &key, &proof),
            _ => None,
        };
        let Some(key) = key else {
            return refuse(Code::Kind, "it does not put a new key in force");
        };
        self.keys.push((event.sequence + 1, Some(key)));
        Ok(())
    }

    /// The head's signature and countersignature.
    fn check_head(&self, head: Result<HeadEntry, HeadError>) -> Result<Option<bool>, TwinFinding> {
        let size = self.head.head.tree.size;
        if !self.key_at(size).is_some_and(|key| self.head.is_signed_by(&key)) {
            let why = "its signature does not hold";
            return Err(self.finding(Code::Head, Place::Head(size), why));
        }
        let refuse = |why| Err(self.finding(Code::Countersignature, Place::Head(size), why));
        let Ok(entry) = head else { return refuse("it is not in its form") };
        let Some(countersignature) = &entry.countersignature else { return Ok(Some(false)) };
        if !entry.is_countersigned() {
            return refuse("");
        }
        let first = self.relationship.first_key(self.author.other());
        Ok((countersignature.key == first).then_some(true))
    }
}

/// The shown fields, when each is in its form and leads to the payload root.
fn shown_fields(event: &Event, opening: &Opening<'_>) -> Option<Vec<Field>> {
    let mut fields = Vec::with_capacity(opening.shown.len());
    let mut next = 0;
    if usize::from(opening.fields) > FIELDS_MAX {
        return None;
    }
    for shown in &opening.shown {
        if shown.position < next {
            return None;
        }
        next = shown.position + 1;
        let leaf = field_leaf(&shown.salt, shown.field);
        let (at, size) = (u64::from(shown.position), u64::from(opening.fields));
        if root_from_inclusion(leaf, at, size, &shown.path) != Some(event.payload_root) {
            return None;
        }
        fields.push(Field::decode(shown.field).ok()?);
    }
    Some(fields)
}

/// Verifies a proof file.
///
/// # Errors
/// [`TwinFinding`] with the first check of section 12 that fails.
pub fn verify_proof(bytes: &[u8]) -> Result<Proved, TwinFinding> {
    let file =
        read_file(bytes).ok_or_else(|| TwinFinding::new(Code::NotAHalf, None, Place::File))?;
    let head = HeadEntry::decode(file.head);
    let signed = match &head {
        Ok(entry) => entry.signed,
        Err(HeadError::Countersignature(signed)) => **signed,
        Err(HeadError::Head) => return Err(TwinFinding::new(Code::Head, None, Place::File)),
    };
    let author = signed.head.author;
    let first = PublicKey::from_bytes(&file.relationship.first_key(author));
    let keys = vec![(0, first)];
    let mut checker = Checker { relationship: file.relationship, author, head: signed, keys };
    if signed.head.relationship != file.relationship.id {
        let why = "it is of another half";
        return Err(checker.finding(Code::Head, Place::Head(signed.head.tree.size), why));
    }
    for rotation in &file.rotations {
        checker.rotate(rotation)?;
    }
    let (event, fields) = checker.check(&file.opening)?;
    let is_countersigned = checker.check_head(head)?;
    let relationship = file.relationship;
    Ok(Proved { relationship, head: signed, is_countersigned, event, fields })
}
