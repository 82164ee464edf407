//! A payer's and a provider's node over one generated month, with guests of partners.

use super::client::{Node, PASSWORD, database, open, plan};
use super::pair::{Pair, played};
use super::payer::Payer;
use super::plan::Plan;
use counterfoil_base::Phi;
use counterfoil_claim::read_file;
use counterfoil_desk::add_guest;
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Terms, open_relationship};
use counterfoil_operations::provider::{
    HeldCause, HeldClaim, HeldFinding, held_claims, hold, withdraw,
};
use counterfoil_store::{Side, Store};
use counterfoil_twin::{Author, PrivateKey};
use counterfoil_web::Role;
use counterfoil_x12::ReadOptions;
use std::collections::BTreeMap;

/// Both nodes, and what carries events between them.
pub struct Paired {
    pub payer: Node,
    pub provider: Node,
    pub pair: Pair,
    pub payer_store: Store,
    pub now_ms: i64,
}

impl Paired {
    /// After the month; the provider's node is the one of the smallest number.
    pub fn new() -> Paired {
        let month = plan();
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let npi = month.truths().map(|truth| truth.provider_npi.clone()).min().expect("providers");
        let mut payer = Payer::new(&month);
        payer.store = database(&folders[0]);
        let (payer, mut pairs, now_ms) = played(payer, |one| match one == npi {
            true => database(&folders[1]),
            false => Store::open_in_memory().expect("a database opens"),
        });
        let mut payer_store = payer.store;
        let mut pair = pairs.remove(&npi).expect("the provider has a pair");
        let other = pairs.into_keys().next().expect("there is another provider");
        stranger_of(&mut pair.store);
        hold_two(&month, &mut pair.store);
        super::agreed::agree(&mut payer_store, &mut pair, now_ms);
        guests(&mut payer_store, [npi.as_str(), other.as_str()]);
        guests(&mut pair.store, ["plan", "other payer"]);
        let [first, second] = folders;
        Paired {
            payer: open(first, Side::Payer, plan()),
            provider: open(second, Side::Provider, plan()),
            pair,
            payer_store,
            now_ms,
        }
    }
}

/// A second payer, with whom the provider shares nothing of this month.
fn stranger_of(store: &mut Store) {
    let [payer_key, provider_key] =
        [[77; 32], [78; 32]].map(|seed| PrivateKey::from_seed(&seed).public_key());
    let terms = Terms {
        role: Author::Provider,
        partner: "other payer".to_owned(),
        own_name: "own".to_owned(),
        payer_key,
        provider_key,
        nonce: [3; 32],
        identifiers: vec!["OTHER1".to_owned()],
    };
    let opened = store.transaction("open", |tx| open_relationship(tx, &terms));
    opened.expect("a relationship is opened");
}

/// In every role and in all: a guest of the first partner, and one of the second.
fn guests(store: &mut Store, partners: [&str; 2]) {
    let password = Phi::new(PASSWORD.to_owned());
    let mut names: BTreeMap<String, Vec<Role>> =
        Role::ALL.iter().map(|role| (role.letters().to_lowercase(), vec![*role])).collect();
    names.insert("all".to_owned(), Role::ALL.to_vec());
    for (kind, partner) in ["partner", "stranger"].into_iter().zip(partners) {
        for (number, (name, roles)) in (100u8..).zip(&names) {
            let name = format!("{name}-{kind}");
            let mut chance = [number; 32];
            chance[0] = u8::from(kind == "partner");
            add_guest(store, (&name, partner), roles, &password, chance).expect("a new name");
        }
    }
}

/// Two claims of the month as if the check had held them back; what it did hold was withdrawn.
fn hold_two(month: &Plan, store: &mut Store) {
    let file = month.files.first().expect("files");
    let read = read_file(&file.bytes, ReadOptions::default());
    let held: Result<(), OperationsError> = store.transaction("hold", |tx| {
        for one in held_claims(tx)? {
            withdraw(tx, (&one.file_digest, one.ordinal), ("Ida Bell", file.sent_on()))?;
        }
        for (ordinal, claim) in (1..).zip(&read.claims).take(2) {
            let since = (HeldCause::Checked, file.sent_on());
            let finding = HeldFinding {
                code: "INT-5-npi-check-digit".to_owned(),
                message: "The billing provider's number has no valid check digit.".to_owned(),
                cause: "A digit was mistyped.".to_owned(),
                fix: "Look the number up and write it again.".to_owned(),
                segment: 12,
                snip: 2,
            };
            let claim = HeldClaim::of(&claim.claim, (&file.info.name, ordinal), since);
            hold(tx, &HeldClaim { findings: vec![finding], ..claim })?;
        }
        Ok(())
    });
    held.expect("claims are held");
}
