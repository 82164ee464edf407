//! Twin records: relationships, both halves as they stand, heads, and what has to be said.
//!
//! Bytes of events, bodies, heads and chains are what the caller gives: the store judges nothing.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;

/// A partner with whom a twin record is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationshipRow {
    /// Number in this database, from 1.
    pub id: i64,
    /// The identifier.
    pub relationship: [u8; 32],
    /// The name by which people call the partner here.
    pub partner: String,
    /// This organization's own name.
    pub own_name: String,
    /// Whose half is written here: 1 payer, 2 provider.
    pub author: u8,
    /// The payer's first public key.
    pub payer_key: [u8; 32],
    /// The provider's first public key.
    pub provider_key: [u8; 32],
    /// The random bytes in the identifier.
    pub nonce: [u8; 32],
}

/// Where a half stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfRow {
    /// Events in the half.
    pub size: u64,
    /// Checkpoint of its chain.
    pub chain: Vec<u8>,
}

/// An event that is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewTwinEvent<'a> {
    /// Whose half: 1 payer, 2 provider.
    pub author: u8,
    /// Its place in the half.
    pub sequence: u64,
    /// Its kind.
    pub kind: &'a str,
    /// What it speaks of.
    pub subject: &'a str,
    /// Header and signature.
    pub event: &'a [u8],
    /// Its body; nothing when it is withheld.
    pub body: Option<&'a [u8]>,
    /// Its hash in the half's tree.
    pub leaf: &'a [u8; 32],
}

/// An event as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct TwinEventRow {
    /// Whose half: 1 payer, 2 provider.
    pub author: u8,
    /// Its place in the half.
    pub sequence: u64,
    /// Header and signature.
    pub event: Vec<u8>,
    /// Its body; nothing when it is withheld.
    pub body: Option<Vec<u8>>,
}

impl std::fmt::Debug for TwinEventRow {
    /// Author and place alone: bodies hold account numbers of persons.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TwinEventRow({}, {})", self.author, self.sequence)
    }
}

/// Something that has to be said.
#[derive(Clone, PartialEq, Eq)]
pub struct DueRow {
    /// Its place among what has to be said.
    pub due_id: i64,
    /// What has to be said, as the caller wrote it.
    pub statements: Vec<u8>,
}

/// A document that the partner's events name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwinDocumentRow {
    /// The relationship's number.
    pub relationship_id: i64,
    /// SHA-256, hex.
    pub digest: String,
    /// 837, 999, 277CA, 835, pack, contract or settlement.
    pub kind: String,
    /// The partner's name for it.
    pub name: String,
    /// Bytes.
    pub length: u64,
    /// How far it has come.
    pub state: DocumentState,
    /// File in the data folder once it is held; empty before.
    pub place: String,
}

/// How far a document of the partner has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentState {
    /// An event names it.
    Named,
    /// All its bytes are here and have the digest.
    Held,
    /// It was worked on.
    Taken,
    /// It cannot be worked on; a person has to look.
    Refused,
}

impl DocumentState {
    fn word(self) -> &'static str {
        match self {
            DocumentState::Named => "named",
            DocumentState::Held => "held",
            DocumentState::Taken => "taken",
            DocumentState::Refused => "refused",
        }
    }

    fn from_word(word: &str) -> DocumentState {
        match word {
            "held" => DocumentState::Held,
            "taken" => DocumentState::Taken,
            "refused" => DocumentState::Refused,
            _ => DocumentState::Named,
        }
    }
}

impl Transaction<'_> {
    /// Records a relationship and by which identifiers its claims are found; gives its number.
    /// A partner's name, an identifier or a relationship that is on record is an error.
    pub fn insert_relationship(
        &self,
        row: &RelationshipRow,
        identifiers: &[String],
    ) -> Result<i64, StoreError> {
        self.change(
            include_str!("../sql/queries/twin_relationship_insert.sql"),
            &[
                &row.relationship,
                &row.partner,
                &row.own_name,
                &i64::from(row.author),
                &row.payer_key,
                &row.provider_key,
                &row.nonce,
            ],
        )?;
        let recorded = self.relationships()?.into_iter().rev().map(|one| one.id).next();
        let id = recorded.unwrap_or_default();
        let insert = include_str!("../sql/queries/twin_identifier_insert.sql");
        for identifier in identifiers {
            self.change(insert, &[identifier, &id])?;
        }
        Ok(id)
    }

    /// Every relationship, in the order in which they were opened.
    pub fn relationships(&self) -> Result<Vec<RelationshipRow>, StoreError> {
        self.rows(include_str!("../sql/queries/twin_relationship_all.sql"), &[], |row| {
            Ok(RelationshipRow {
                id: row.get(0)?,
                relationship: row.get(1)?,
                partner: row.get(2)?,
                own_name: row.get(3)?,
                author: row.get(4)?,
                payer_key: row.get(5)?,
                provider_key: row.get(6)?,
                nonce: row.get(7)?,
            })
        })
    }

    /// Number and identifier of the relationship that an identifier of a partner belongs to.
    pub fn relationship_of(&self, identifier: &str) -> Result<Option<(i64, [u8; 32])>, StoreError> {
        let select = include_str!("../sql/queries/twin_identifier_select.sql");
        self.first(select, &[&identifier], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The identifiers by which claims of a relationship are found.
    pub fn partner_identifiers(&self, relationship_id: i64) -> Result<Vec<String>, StoreError> {
        let select = include_str!("../sql/queries/twin_identifier_all.sql");
        self.rows(select, &[&relationship_id], |row| row.get(0))
    }

    /// Where a half stands; nothing before its first event.
    pub fn half(&self, relationship_id: i64, author: u8) -> Result<Option<HalfRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_half_select.sql");
        self.first(select, &[&relationship_id, &i64::from(author)], |row| {
            Ok(HalfRow { size: row.get::<i64>(0)?.unsigned_abs(), chain: row.get(1)? })
        })
    }

    /// Records where a half stands.
    pub fn set_half(
        &self,
        relationship_id: i64,
        author: u8,
        half: &HalfRow,
    ) -> Result<(), StoreError> {
        let upsert = include_str!("../sql/queries/twin_half_upsert.sql");
        let (author, size) = (i64::from(author), signed(half.size));
        self.change(upsert, &[&relationship_id, &author, &size, &half.chain]).map(drop)
    }

    /// Keeps an event; one that has its place already is an error.
    pub fn insert_twin_event(
        &self,
        relationship_id: i64,
        event: &NewTwinEvent<'_>,
    ) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/twin_event_insert.sql");
        let (author, sequence) = (i64::from(event.author), signed(event.sequence));
        let NewTwinEvent { kind, subject, event, body, leaf, .. } = event;
        self.change(
            insert,
            &[&relationship_id, &author, &sequence, kind, subject, event, body, leaf],
        )
        .map(drop)
    }

    /// Events of a half from a place on, at most so many.
    pub fn twin_events(
        &self,
        relationship_id: i64,
        author: u8,
        (first, count): (u64, u32),
    ) -> Result<Vec<TwinEventRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_from.sql");
        let (author, first) = (i64::from(author), signed(first));
        self.rows(select, &[&relationship_id, &author, &first, &i64::from(count)], read_event)
    }

    /// The events by which rule packs were published, in their order.
    pub fn twin_pack_events(&self, relationship_id: i64) -> Result<Vec<TwinEventRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_packs.sql");
        self.rows(select, &[&relationship_id], read_event)
    }

    /// Every event about a subject: the payer's, then the provider's, each in its order.
    pub fn twin_events_about(
        &self,
        relationship_id: i64,
        subject: &str,
    ) -> Result<Vec<TwinEventRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_of_subject.sql");
        self.rows(select, &[&relationship_id, &subject], read_event)
    }

    /// The leaf hashes of the first events of a half.
    pub fn twin_leaves(
        &self,
        relationship_id: i64,
        author: u8,
        size: u64,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let select = include_str!("../sql/queries/twin_leaf_all.sql");
        let (author, size) = (i64::from(author), signed(size));
        self.rows(select, &[&relationship_id, &author, &size], |row| row.get(0))
    }

    /// Subjects of the payer's answers to disputes, each once.
    pub fn twin_dispute_answers(&self, relationship_id: i64) -> Result<Vec<String>, StoreError> {
        let select = include_str!("../sql/queries/twin_dispute_answers.sql");
        self.rows(select, &[&relationship_id], |row| row.get(0))
    }

    /// Keeps a head, or the same head with its countersignature.
    pub fn set_twin_head(
        &self,
        relationship_id: i64,
        (author, size): (u8, u64),
        entry: &[u8],
    ) -> Result<(), StoreError> {
        let upsert = include_str!("../sql/queries/twin_head_upsert.sql");
        let (author, size) = (i64::from(author), signed(size));
        self.change(upsert, &[&relationship_id, &author, &size, &entry]).map(drop)
    }

    /// The heads of a half that are kept, by size.
    pub fn twin_heads(&self, relationship_id: i64, author: u8) -> Result<Vec<Vec<u8>>, StoreError> {
        let select = include_str!("../sql/queries/twin_head_all.sql");
        self.rows(select, &[&relationship_id, &i64::from(author)], |row| row.get(0))
    }

    /// The newest heads of a half that are kept, the largest first, at most so many.
    pub fn newest_twin_heads(
        &self,
        relationship_id: i64,
        author: u8,
        count: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let select = include_str!("../sql/queries/twin_head_newest.sql");
        let (author, count) = (i64::from(author), i64::from(count));
        self.rows(select, &[&relationship_id, &author, &count], |row| row.get(0))
    }

    /// What events of a half from a place on speak of, at most so many.
    pub fn twin_subjects(
        &self,
        relationship_id: i64,
        author: u8,
        (first, count): (u64, u32),
    ) -> Result<Vec<String>, StoreError> {
        let select = include_str!("../sql/queries/twin_event_subjects.sql");
        let (author, first) = (i64::from(author), signed(first));
        self.rows(select, &[&relationship_id, &author, &first, &i64::from(count)], |row| row.get(0))
    }

    /// Records what has to be said; a key that was used before is an error, since what caused it
    /// is booked once.
    pub fn insert_due(
        &self,
        relationship_id: i64,
        due_key: &str,
        statements: &[u8],
    ) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/twin_due_insert.sql");
        self.change(insert, &[&relationship_id, &due_key, &statements]).map(drop)
    }

    /// True when something was or will be said under a key.
    pub fn is_due_or_said(&self, due_key: &str) -> Result<bool, StoreError> {
        let select = include_str!("../sql/queries/twin_due_exists.sql");
        Ok(self.first(select, &[&due_key], |_| Ok(()))?.is_some())
    }

    /// What has to be said next, at most so many rows.
    pub fn dues(&self, relationship_id: i64, count: u32) -> Result<Vec<DueRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_due_open.sql");
        self.rows(select, &[&relationship_id, &i64::from(count)], |row| {
            Ok(DueRow { due_id: row.get(0)?, statements: row.get(1)? })
        })
    }

    /// Records that something is said.
    pub fn mark_said(&self, due_id: i64) -> Result<(), StoreError> {
        self.change(include_str!("../sql/queries/twin_due_mark_said.sql"), &[&due_id]).map(drop)
    }

    /// Records a document that an event of the partner names; one that is on record stays.
    pub fn name_twin_document(
        &self,
        relationship_id: i64,
        digest: &str,
        (kind, name, length): (&str, &str, u64),
    ) -> Result<(), StoreError> {
        let insert = include_str!("../sql/queries/twin_document_insert.sql");
        self.change(insert, &[&relationship_id, &digest, &kind, &name, &signed(length)]).map(drop)
    }

    /// Records how far a document has come, and where it lies.
    pub fn set_twin_document(
        &self,
        relationship_id: i64,
        digest: &str,
        (state, place): (DocumentState, &str),
    ) -> Result<(), StoreError> {
        let update = include_str!("../sql/queries/twin_document_set.sql");
        if self.change(update, &[&relationship_id, &digest, &state.word(), &place])? == 1 {
            return Ok(());
        }
        Err(StoreError::NotFound(format!("no event names the document {digest}")))
    }

    /// A document that the partner's events name.
    pub fn twin_document(
        &self,
        relationship_id: i64,
        digest: &str,
    ) -> Result<Option<TwinDocumentRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_document_select.sql");
        self.first(select, &[&relationship_id, &digest], read_document)
    }

    /// The documents in a state, in the order in which the partner named them.
    pub fn twin_documents(
        &self,
        relationship_id: i64,
        state: DocumentState,
    ) -> Result<Vec<TwinDocumentRow>, StoreError> {
        let select = include_str!("../sql/queries/twin_document_in_state.sql");
        self.rows(select, &[&relationship_id, &state.word()], read_document)
    }

    /// The relationships whose partner named a document.
    pub fn senders_of_document(&self, digest: &str) -> Result<Vec<i64>, StoreError> {
        let select = include_str!("../sql/queries/twin_file_sender.sql");
        self.rows(select, &[&digest], |row| row.get(0))
    }

    /// True when an event of the relationship says that a file went from one party to the other.
    pub fn is_shared_file(&self, relationship_id: i64, digest: &str) -> Result<bool, StoreError> {
        let select = include_str!("../sql/queries/twin_file_shared.sql");
        Ok(self.first(select, &[&relationship_id, &digest], |_| Ok(()))?.is_some())
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn read_event(row: &Row<'_>) -> Result<TwinEventRow, DatabaseError> {
    Ok(TwinEventRow {
        author: row.get(0)?,
        sequence: row.get::<i64>(1)?.unsigned_abs(),
        event: row.get(2)?,
        body: row.get(3)?,
    })
}

fn read_document(row: &Row<'_>) -> Result<TwinDocumentRow, DatabaseError> {
    Ok(TwinDocumentRow {
        relationship_id: row.get(0)?,
        digest: row.get(1)?,
        kind: row.get(2)?,
        name: row.get(3)?,
        length: row.get::<i64>(4)?.unsigned_abs(),
        state: DocumentState::from_word(&row.get::<String>(5)?),
        place: row.get(6)?,
    })
}
