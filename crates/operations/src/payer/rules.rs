//! The rules that a payer checks claims with: its tables and built-in edits, and the packs that it
//! has published to the partner whose claim it is and that are in force on the day.

use super::desk_digest::DeskDigest;
use crate::error::OperationsError;
use crate::halves::{Partner, PublishedPack, latest_on, own_pack, published_packs, relations};
use counterfoil_base::Date;
use counterfoil_integrity::{CleanClaimEngine, RulePack};
use counterfoil_store::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where the rule packs come from that claims are checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackSource {
    /// The desk's engine has them: a person has named a folder of rules.
    Desk,
    /// The record with the partner whose claim it is, by the day of receipt: what the provider
    /// was told is what the payer runs.
    Record,
}

/// Engines by partner for claims that are received on one day.
///
/// A claim of nobody who keeps a record with this payer is checked with the packs that most
/// partners were told of; without any partner, with those of the desk.
#[derive(Clone, Debug)]
pub struct RulesInForce {
    /// Nothing where a pack that is in force for the partner is not at hand.
    of_partners: BTreeMap<i64, Option<Arc<CleanClaimEngine>>>,
    of_others: Arc<CleanClaimEngine>,
    digest: String,
    names: Vec<String>,
}

impl RulesInForce {
    /// Reads which packs are in force on a day, and puts each set of them into an engine with the
    /// tables of the desk's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn on(
        tx: &Transaction<'_>,
        desk: &CleanClaimEngine,
        day: Date,
    ) -> Result<RulesInForce, OperationsError> {
        let mut packs = Packs::default();
        let mut engines: BTreeMap<Vec<String>, Option<Arc<CleanClaimEngine>>> = BTreeMap::new();
        let mut of_partners = BTreeMap::new();
        let mut digest = DeskDigest::new("");
        for relation in relations(tx)? {
            let published = published_packs(tx, &relation)?;
            packs.named.extend(published.iter().map(|one| one.name.clone()));
            let latest = latest_on(published, day);
            let mut own = Vec::new();
            for pack in latest.values() {
                own.push(packs.get(tx, pack)?);
            }
            let digests: Vec<String> = latest.values().map(|one| one.digest.clone()).collect();
            let identifier = relation.relationship.id;
            digests
                .iter()
                .for_each(|one| digest.add(&crate::intake::hex(&identifier), one.as_bytes()));
            let own: Option<Vec<RulePack>> = own.into_iter().collect();
            let engine = engines.entry(digests);
            let engine =
                engine.or_insert_with(|| own.map(|own| Arc::new(desk.with_packs_alone(own))));
            of_partners.insert(relation.id, engine.clone());
        }
        let others = packs.of_others(desk);
        let names = others.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
        let of_others = Arc::new(desk.with_packs_alone(others));
        Ok(RulesInForce { of_partners, of_others, digest: digest.finish(), names })
    }

    /// The engine for the claims of a partner, or of nobody who keeps a record with this payer.
    ///
    /// # Errors
    /// [`OperationsError::Unreadable`] when a pack that is in force for the partner is not there
    /// any more: its claims are not checked without it. Those of others are.
    pub fn engine(
        &self,
        partner: Option<Partner>,
    ) -> Result<&Arc<CleanClaimEngine>, OperationsError> {
        match partner.and_then(|one| self.of_partners.get(&one.id)) {
            None => Ok(&self.of_others),
            Some(Some(own)) => Ok(own),
            Some(None) => Err(OperationsError::Unreadable("a rule pack that is in force")),
        }
    }

    /// The digest of a desk that decides with these packs beside its other rules.
    #[must_use]
    pub fn desk_digest(&self, desk: &str) -> String {
        let mut digest = DeskDigest::new("");
        digest.add("desk", desk.as_bytes());
        digest.add("packs", self.digest.as_bytes());
        digest.finish()
    }

    /// Name and version of the packs that most partners were told of.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// Packs that are in force somewhere, each read once.
#[derive(Default)]
struct Packs {
    /// Names that were ever published to anybody.
    named: BTreeSet<String>,
    /// By digest, with how many partners each is in force for, and from when.
    known: BTreeMap<String, (RulePack, u64, Date)>,
}

impl Packs {
    /// A pack; nothing when it is not at hand.
    fn get(
        &mut self,
        tx: &Transaction<'_>,
        pack: &PublishedPack,
    ) -> Result<Option<RulePack>, OperationsError> {
        if let Some((known, partners, from)) = self.known.get_mut(&pack.digest) {
            *partners += 1;
            *from = (*from).max(pack.valid_from);
            return Ok(Some(known.clone()));
        }
        let read = own_pack(tx, pack)?.ok();
        if let Some(read) = &read {
            self.known.insert(pack.digest.clone(), (read.clone(), 1, pack.valid_from));
        }
        Ok(read)
    }

    /// Of each name the pack that most partners were told of, the newer of two; and those packs of
    /// the desk whose name was published to nobody.
    fn of_others(self, desk: &CleanClaimEngine) -> Vec<RulePack> {
        let mut best: BTreeMap<String, (u64, Date, RulePack)> = BTreeMap::new();
        for (pack, partners, from) in self.known.into_values() {
            let before = best.get(&pack.name).map(|(partners, from, _)| (*partners, *from));
            if before.is_none_or(|before| before <= (partners, from)) {
                best.insert(pack.name.clone(), (partners, from, pack));
            }
        }
        let own = desk.packs().iter().filter(|one| !self.named.contains(&one.name)).cloned();
        own.chain(best.into_values().map(|(_, _, pack)| pack)).collect()
    }
}
