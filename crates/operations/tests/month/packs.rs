//! A payer's rule packs travel: published, installed, in force by day, refused when they differ.

use super::pair::{Pair, carry, pair};
use counterfoil_base::Date;
use counterfoil_corpus::PAYER_ID;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    InstalledPack, PacksInForce, Relation, install_packs, packs_in_force, publish_pack,
};
use counterfoil_store::{DocumentState, Side, Store};
use std::io::{Error, ErrorKind, Result};

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
    assert!(provider.packs.is_empty() && provider.missing.len() == 1, "{provider:?}");
}
