//! A payer's rule packs travel: published, installed, in force by day, refused when they differ.

use super::pair::{Pair, carry, pair};
use counterfoil_base::{Date, Text};
use counterfoil_corpus::PAYER_ID;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, RulePack, Tables};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    Dues, InstalledPack, PacksInForce, Partner, Relation, install_packs, packs_in_force,
    publish_new_pack, publish_pack,
};
use counterfoil_operations::payer::RulesInForce;
use counterfoil_store::{DocumentState, Side, Store};
use counterfoil_twin::{Field, Statement};
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

fn text(version: &str, payer: &str) -> String {
    format!(
        "[pack]\nname = \"house-edits\"\nversion = \"{version}\"\ntitle = \"Edits\"\n{payer}\
         valid_from = \"2025-01-01\"\n\n[[edit]]\nid = \"charge\"\nabout = \"claim\"\n\
         when = [{{ field = \"claim.charge\", more_than = \"100.00\" }}]\noutcome = \"note\"\n\
         message = \"The charge is large.\"\ncause = \"Large charges are looked at.\"\n\
         fix = \"Look at the charge.\"\n"
    )
}

fn day(day: u8) -> Date {
    Date::constant(2025, 7, i8::try_from(day).expect("a day"))
}

struct Both {
    payer_store: Store,
    pair: Pair,
    now_ms: i64,
}

impl Both {
    fn new() -> Both {
        let mut payer_store = Store::open_in_memory().expect("a database opens");
        payer_store.belongs_to(Side::Payer).expect("it is nobody's yet");
        let store = Store::open_in_memory().expect("a database opens");
        let pair = pair(&mut payer_store, store, "1234567893", 1);
        Both { payer_store, pair, now_ms: 1_750_000_000_000 }
    }

    fn publish(
        &mut self,
        bytes: &[u8],
        on: Date,
    ) -> std::result::Result<Vec<String>, OperationsError> {
        let relation = self.pair.payer.relation.clone();
        let done = self
            .payer_store
            .transaction("publish", |tx| publish_pack(tx, &[relation], (bytes, on)))?;
        self.now_ms += 1_000;
        self.pair.exchange(&mut self.payer_store, self.now_ms);
        Ok(done.1)
    }

    /// What the session does when all bytes of a document are here, and then the installation.
    fn arrive(&mut self, bytes: &[u8]) -> Vec<InstalledPack> {
        let relation = self.pair.provider.relation.clone();
        let store = &mut self.pair.store;
        let held: std::result::Result<(), OperationsError> = store.transaction("held", |tx| {
            for one in tx.twin_documents(relation.id, DocumentState::Named)? {
                let place = format!("documents/{}", one.digest);
                tx.set_twin_document(relation.id, &one.digest, (DocumentState::Held, &place))?;
            }
            Ok(())
        });
        held.expect("documents are held");
        let done = install_packs(store, &relation, &mut |_| Ok(bytes.to_vec()));
        let done = done.expect("packs are looked at");
        self.now_ms += 1_000;
        self.pair.provider.say(&mut self.pair.store, self.now_ms);
        let provider = (&mut self.pair.store, &self.pair.provider.relation);
        carry(provider, (&mut self.payer_store, &self.pair.payer.relation));
        done
    }

    fn in_force(&mut self, on: Date, bytes: &[&str]) -> [PacksInForce; 2] {
        let read = |digest: &str| -> Result<Vec<u8>> {
            use sha2::{Digest, Sha256};
            let hex = |text: &str| -> String {
                Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
            };
            let found = bytes.iter().find(|text| hex(text) == digest);
            found.map(|text| text.as_bytes().to_vec()).ok_or(Error::from(ErrorKind::NotFound))
        };
        let ask = |store: &mut Store, relation: &Relation| {
            store.transaction("in force", |tx| packs_in_force(tx, (relation, on), &read))
        };
        let payer = ask(&mut self.payer_store, &self.pair.payer.relation);
        let provider = ask(&mut self.pair.store, &self.pair.provider.relation);
        [payer, provider].map(|found| found.expect("packs are found"))
    }
}

fn versions(found: &PacksInForce) -> Vec<&str> {
    found.packs.iter().map(|(published, _)| published.version.as_str()).collect()
}

#[test]
fn the_pack_of_the_day_is_the_same_on_both_sides() {
    let mut both = Both::new();
    let (first, second) = (text("1", ""), text("2", &format!("payer_ids = [\"{PAYER_ID}\"]\n")));
    assert_eq!(both.publish(first.as_bytes(), day(1)).expect("published"), ["1234567893"]);
    let installed = both.arrive(first.as_bytes());
    assert!(matches!(&installed[..], [InstalledPack::Installed(pack)] if pack.version == "1"));
    assert!(both.arrive(first.as_bytes()).is_empty(), "it is installed once");
    both.publish(second.as_bytes(), day(15)).expect("published");
    let [payer, provider] = both.in_force(day(15), &[&first]);
    assert_eq!((versions(&payer), versions(&provider)), (vec!["2"], vec![]));
    assert_eq!(provider.missing.len(), 1, "what is in force and not here is named");
    both.arrive(second.as_bytes());
    for (on, expected) in [(day(1), "1"), (day(14), "1"), (day(15), "2"), (day(31), "2")] {
        let [payer, provider] = both.in_force(on, &[&first, &second]);
        assert_eq!(versions(&payer), [expected], "{on}");
        assert_eq!(versions(&provider), [expected], "{on}");
        assert_eq!(payer.packs[0].0, provider.packs[0].0);
        assert_eq!(payer.packs[0].1.edits, provider.packs[0].1.edits, "the same edits");
        let concerned = &provider.packs[0].1.payer_ids;
        assert_eq!(concerned, &[PAYER_ID], "claims to this payer alone");
    }
    let [payer, provider] = both.in_force(Date::constant(2025, 6, 30), &[&first, &second]);
    assert!(payer.packs.is_empty() && provider.packs.is_empty(), "before its day");
    // Going back to the first is publishing it again for a later day.
    both.publish(first.as_bytes(), day(20)).expect("published for another day");
    let [payer, provider] = both.in_force(day(20), &[&first, &second]);
    assert_eq!((versions(&payer), versions(&provider)), (vec!["1"], vec!["1"]));
    let again = both.publish(first.as_bytes(), day(20));
    assert!(matches!(again, Err(OperationsError::Refused(_))), "{again:?}");
}

/// An engine with packs of a folder: another version of the published one, and one of its own.
fn desk() -> Arc<CleanClaimEngine> {
    let own = text("own", "").replace("house-edits", "own-edits");
    let packs = [text("0", ""), own];
    let packs = packs.iter().map(|text| RulePack::parse(text).expect("a pack"));
    Arc::new(CleanClaimEngine::new(Tables::default(), packs.collect(), CleanClaimConfig::default()))
}

/// Name and version of the packs for claims of the partner, and of a provider without a record.
fn rules_on(both: &mut Both, on: Date) -> [Vec<String>; 2] {
    let desk = desk();
    let rules = both.payer_store.transaction("rules", |tx| {
        let partner = Partner::find(tx, "1234567893")?;
        assert!(partner.is_some(), "there is a partner");
        let rules = RulesInForce::on(tx, &desk, on)?;
        Ok::<_, OperationsError>(
            [rules.engine(partner)?, rules.engine(None)?].map(|one| one.packs().to_vec()),
        )
    });
    let names = |packs: Vec<RulePack>| -> Vec<String> {
        packs.iter().map(|one| format!("{} {}", one.name, one.version)).collect()
    };
    rules.expect("the record can be read").map(names)
}

#[test]
fn the_payer_checks_with_what_it_has_published_and_not_before_its_day() {
    let mut both = Both::new();
    let [partner, others] = rules_on(&mut both, day(1));
    assert!(partner.is_empty(), "the partner was told of nothing");
    assert_eq!(others, ["house-edits 0", "own-edits own"], "the desk's own");
    let (first, second) = (text("1", ""), text("2", ""));
    // What is to come does not act before its day, and neither does what it takes the place of.
    both.publish(first.as_bytes(), day(5)).expect("published");
    assert_eq!(rules_on(&mut both, day(4)), [vec![], vec!["own-edits own".to_owned()]]);
    both.publish(second.as_bytes(), day(15)).expect("published");
    for (on, version) in [(day(5), "1"), (day(14), "1"), (day(15), "2"), (day(31), "2")] {
        let [partner, others] = rules_on(&mut both, on);
        let expected = format!("house-edits {version}");
        assert_eq!(partner, [expected.as_str()], "{on}");
        assert_eq!(others, ["own-edits own", expected.as_str()], "{on}");
    }
}

#[test]
fn a_pack_that_is_not_at_hand_stops_the_claims_of_its_partner_alone() {
    let mut both = Both::new();
    let done = both.payer_store.transaction("rules", |tx| {
        let partner = Partner::find(tx, "1234567893")?.expect("there is a partner");
        let fields = vec![
            Field::digest("digest", [7; 32]),
            Field::text("version", "1"),
            Field::date("valid_from", day(1)),
        ];
        let (kind, subject) = (Text::const_new("pack.published"), Text::from("pack/house-edits"));
        let mut dues = Dues::default();
        dues.say(partner.id, Statement { kind, subject, fields })?;
        dues.record(tx, "pack/of-which-the-bytes-are-lost")?;
        let rules = RulesInForce::on(tx, &desk(), day(2))?;
        Ok::<_, OperationsError>([Some(partner), None].map(|one| rules.engine(one).is_ok()))
    });
    assert_eq!(done.expect("the rules of others are read"), [false, true]);
}

#[test]
fn a_pack_is_published_once_to_each_partner_and_counts_before_it_is_signed() {
    let mut both = Both::new();
    let pack = text("1", "");
    let publish = |both: &mut Both, on: Date| {
        let relation = both.pair.payer.relation.clone();
        let done = both
            .payer_store
            .transaction("publish", |tx| publish_new_pack(tx, &[relation], (pack.as_bytes(), on)));
        done.expect("it can be published").1
    };
    assert_eq!(publish(&mut both, day(3)), ["1234567893"]);
    assert_eq!(publish(&mut both, day(9)), [""; 0], "it was published, for whichever day");
    let [partner, _] = rules_on(&mut both, day(3));
    assert_eq!(partner, ["house-edits 1"], "it is committed and not yet signed");
    both.now_ms += 1_000;
    both.pair.exchange(&mut both.payer_store, both.now_ms);
    assert_eq!(rules_on(&mut both, day(3))[0], ["house-edits 1"], "it is signed");
    assert_eq!(publish(&mut both, day(9)), [""; 0]);
    assert_eq!(both.arrive(pack.as_bytes()).len(), 1, "it travels like any other");
}

#[test]
fn the_bytes_of_a_pack_that_nobody_has_published_are_not_read() {
    let mut both = Both::new();
    let digest = counterfoil_twin::sha256(&[b"a pack"]);
    let payer = both.pair.payer.relation.id;
    let said: std::result::Result<(), OperationsError> =
        both.payer_store.transaction("send, and do not publish", |tx| {
            let mut dues = Dues::default();
            let fields = vec![
                Field::digest("digest", digest),
                Field::integer("length", 6),
                Field::text("kind", "pack"),
                Field::text("name", "house-edits"),
            ];
            let subject = Text::from(format!("file/{}", counterfoil_twin::to_hex(&digest)));
            let kind = Text::from("file.sent");
            dues.say(payer, Statement { kind, subject, fields })?;
            dues.record(tx, "one")
        });
    said.expect("it is due");
    both.now_ms += 1_000;
    both.pair.exchange(&mut both.payer_store, both.now_ms);
    let relation = both.pair.provider.relation.clone();
    let store = &mut both.pair.store;
    let held: std::result::Result<usize, OperationsError> = store.transaction("held", |tx| {
        for one in tx.twin_documents(relation.id, DocumentState::Named)? {
            tx.set_twin_document(relation.id, &one.digest, (DocumentState::Held, "one"))?;
        }
        Ok(tx.twin_documents(relation.id, DocumentState::Held)?.len())
    });
    assert_eq!(held.expect("a document is held"), 1);
    let done = install_packs(store, &relation, &mut |_| panic!("its bytes are read"));
    assert!(done.expect("packs are looked at").is_empty());
}

#[test]
fn a_pack_that_is_not_the_signed_one_is_refused() {
    let mut both = Both::new();
    let pack = text("1", "");
    let broken = pack.replace("outcome", "outcom");
    assert!(both.publish(broken.as_bytes(), day(1)).is_err(), "a pack with a mistake");
    both.publish(pack.as_bytes(), day(1)).expect("published");
    let forged = pack.replace("100.00", "900.00");
    let refused = both.arrive(forged.as_bytes());
    assert!(matches!(&refused[..], [InstalledPack::Refused(..)]), "{refused:?}");
    let [payer, provider] = both.in_force(day(2), &[&forged]);
    assert_eq!(versions(&payer), ["1"]);
    assert!(provider.packs.is_empty() && provider.missing.len() == 1, "it is not used");

    let mut both = Both::new();
    both.publish(pack.as_bytes(), day(1)).expect("published");
    both.arrive(pack.as_bytes());
    // Edited on the disk after it was installed.
    let [_, provider] = both.in_force(day(2), &[&forged]);
    assert!(provider.packs.is_empty(), "bytes with another digest are not used");
    let relation = both.pair.provider.relation.clone();
    let by_provider =
        both.pair.store.transaction("publish", |tx| publish_pack(tx, &[relation], (b"", day(1))));
    assert!(matches!(by_provider, Err(OperationsError::Refused(_))), "the payer's to say");
    // A pack for another payer concerns no claim to this one.
    let mut both = Both::new();
    let other = text("1", "payer_ids = [\"OTHER\"]\n");
    both.publish(other.as_bytes(), day(1)).expect("published");
    both.arrive(other.as_bytes());
    let [_, provider] = both.in_force(day(2), &[&other]);
    assert!(provider.packs.is_empty() && provider.missing.is_empty(), "{provider:?}");
    assert_eq!(provider.of_others.len(), 1, "nothing is waited for");
}
