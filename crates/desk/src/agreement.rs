//! Whether the halves of a relationship are known to be equal on both sides: by the heads that
//! each has signed for the other, without reading the events.

use crate::office::{OfficeDesk, lock, stopped, trouble};
use crate::record::HEADS_LOOKED_AT;
use counterfoil_operations::halves::{Relation, newest_heads};
use counterfoil_store::Transaction;
use counterfoil_twin::{Author, HeadEntry, to_hex};
use counterfoil_web::Answer;
use counterfoil_web::view::MatchState;

/// Characters of a hash by which two people compare it.
const SHOWN: usize = 16;

impl OfficeDesk {
    /// Equal when the partner has countersigned all of our half and all that it has signed of its
    /// own is here.
    pub(crate) fn agreement(
        &self,
        tx: &Transaction<'_>,
        relation: &Relation,
    ) -> Answer<MatchState> {
        let partner = &relation.partner;
        if let Some(first) = lock(&self.differences).get(partner) {
            return Ok(MatchState::Differs { count: 1, first: first.clone() });
        }
        let unknown = |why: String| Ok(MatchState::Unknown { why });
        let author = relation.author;
        let (ours, theirs) = (size(tx, relation, author)?, size(tx, relation, author.other())?);
        let heads = heads(tx, relation, author)?;
        let Some(confirmed) = heads.iter().find(|head| head.is_countersigned()) else {
            return unknown(format!("{partner} has not signed for any of our half yet"));
        };
        let confirmed_size = confirmed.signed.head.tree.size;
        if confirmed_size != ours {
            return unknown(format!(
                "{partner} has signed for {confirmed_size} of the {ours} events of our half"
            ));
        }
        let heads = self::heads(tx, relation, author.other())?;
        let Some(signed) = heads.first() else {
            return unknown(format!("{partner} has not signed a head of its own half yet"));
        };
        let signed_size = signed.signed.head.tree.size;
        if signed_size != theirs {
            return unknown(format!(
                "{theirs} events of {partner}'s half are here; it has signed for {signed_size}"
            ));
        }
        let (payer, provider) = match author {
            Author::Payer => (confirmed, signed),
            Author::Provider => (signed, confirmed),
        };
        let hash = format!("payer {} provider {}", shown(payer), shown(provider));
        Ok(MatchState::Equal { hash })
    }
}

fn shown(head: &HeadEntry) -> String {
    to_hex(&head.signed.head.tree.root).chars().take(SHOWN).collect()
}

fn size(tx: &Transaction<'_>, relation: &Relation, author: Author) -> Answer<u64> {
    let half = tx.half(relation.id, author.sign()).map_err(|error| trouble(&error))?;
    Ok(half.map_or(0, |half| half.size))
}

fn heads(tx: &Transaction<'_>, relation: &Relation, author: Author) -> Answer<Vec<HeadEntry>> {
    newest_heads(tx, relation, author, HEADS_LOOKED_AT).map_err(|error| stopped(&error))
}
