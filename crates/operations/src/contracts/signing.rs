//! Contracts in the record: what was signed, what is in force, and the signature of this side.

use super::texts::{CONTRACT, contract_files, send_text, sound};
use crate::error::OperationsError;
use crate::halves::{Dues, Relation, Said, digest_of_hex, relations, statements_of};
use counterfoil_base::{Date, Text};
use counterfoil_contract::bundle;
use counterfoil_store::Transaction;
use counterfoil_twin::{
    Body, ContractSaid, ContractSignature, ContractState, ContractVersion, Field, Statement,
    VersionStanding, contract_subject, is_subject, to_hex,
};
use std::collections::BTreeMap;

/// Most characters of a person's name.
const NAME_MAX: usize = 200;
/// Kind of the event that signs.
const SIGNED: &str = "contract.signed";

/// A contract with a partner.
#[derive(Clone, Debug)]
pub struct PartnerContract {
    /// With whom.
    pub relation: Relation,
    /// The contract's id.
    pub id: String,
    /// Its versions, with who signed each.
    pub state: ContractState,
    said: Vec<ContractSaid>,
}

impl PartnerContract {
    /// What the partner has signed and this side may countersign.
    #[must_use]
    pub fn proposed_by_partner(&self) -> Vec<&ContractVersion> {
        let partner = self.relation.author.other();
        let waits = |one: &&ContractVersion| {
            let stands =
                matches!(one.standing, VersionStanding::Proposed | VersionStanding::Differs);
            stands && one.signature(partner).is_some()
        };
        self.state.versions.iter().filter(waits).collect()
    }
}

/// A signature that somebody here gives.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// SHA-256 of the contract, hexadecimal; its text is kept here.
    pub digest: &'a str,
    /// First day on which it holds.
    pub effective_on: Date,
    /// The contract that it takes the place of, hexadecimal.
    pub replaces: Option<&'a str>,
    /// Who signs.
    pub signed_by: &'a str,
}

/// Every contract with every partner, by partner in the order of the relationships and by id. What
/// this side has yet to sign by its key counts: it is committed.
pub fn contracts(tx: &Transaction<'_>) -> Result<Vec<PartnerContract>, OperationsError> {
    let mut all = Vec::new();
    for relation in relations(tx)? {
        all.extend(contracts_with(tx, &relation)?);
    }
    Ok(all)
}

/// A contract with a partner by its id; nothing when neither has signed one.
pub fn contract_of(
    tx: &Transaction<'_>,
    relation: &Relation,
    id: &str,
) -> Result<Option<PartnerContract>, OperationsError> {
    Ok(contracts_with(tx, relation)?.into_iter().find(|one| one.id == id))
}

fn contracts_with(
    tx: &Transaction<'_>,
    relation: &Relation,
) -> Result<Vec<PartnerContract>, OperationsError> {
    let mut said: BTreeMap<String, Vec<ContractSaid>> = BTreeMap::new();
    let mut note = |subject: &str, one: Option<ContractSaid>| {
        let id = subject.strip_prefix("contract/");
        if let Some((id, one)) = id.zip(one) {
            said.entry(id.to_owned()).or_default().push(one);
        }
    };
    for row in tx.twin_contract_events(relation.id)? {
        let Said { event, body } = Said::of(&row)?;
        let at = (event.time_ms, Some(event.sequence));
        note(&event.subject, body.and_then(|body| ContractSaid::of(event.author, &body, at)));
    }
    for due in tx.dues_keyed(relation.id, CONTRACT)? {
        let unreadable = OperationsError::Unreadable("what has to be said");
        for statement in statements_of(&due.statements).ok_or(unreadable)? {
            let body = Body::new([0; 32], statement.fields).ok();
            let one = body.and_then(|body| ContractSaid::of(relation.author, &body, (0, None)));
            note(&statement.subject, one.filter(|_| statement.kind == SIGNED));
        }
    }
    let whole = |(id, said): (String, Vec<ContractSaid>)| {
        let state = ContractState::fold(&said);
        PartnerContract { relation: relation.clone(), id, state, said }
    };
    Ok(said.into_iter().map(whole).collect())
}

/// Signs a contract for a partner; gives where it stands then. The first signature proposes it,
/// the second one puts it in force from its day.
///
/// # Errors
/// [`OperationsError::Refused`] when the text is not here or not sound, when this side has signed
/// the same before, or when the signature could never put it in force beside what both have signed.
pub fn sign_contract(
    tx: &Transaction<'_>,
    relation: &Relation,
    signing: &Signing<'_>,
) -> Result<VersionStanding, OperationsError> {
    let refused = |told: String| OperationsError::Refused(format!("{told}; nothing was signed"));
    let signed_by = person(signing.signed_by).map_err(refused)?;
    let Some(files) = contract_files(tx, signing.digest)? else {
        return Err(refused(format!("the text of contract {} is not here", signing.digest)));
    };
    let contract = sound(&files)?;
    let unreadable = || refused(format!("{} is no SHA-256", signing.digest));
    let digest = digest_of_hex(signing.digest).ok_or_else(unreadable)?;
    let replaces = match signing.replaces {
        None => None,
        Some(hex) => Some(
            digest_of_hex(hex)
                .ok_or_else(|| refused(format!("{hex} (what it replaces) is no SHA-256")))?,
        ),
    };
    let subject = contract_subject(contract.id());
    if !is_subject(subject.as_bytes()) || contract.id().contains('/') {
        return Err(refused(format!("the id '{}' cannot stand in the record", contract.id())));
    }
    let known = contract_of(tx, relation, contract.id())?.map(|one| one.said).unwrap_or_default();
    let effective_on = signing.effective_on;
    let signature = ContractSignature { signed_by: signed_by.clone(), time_ms: 0, sequence: None };
    let author = relation.author;
    let own = ContractSaid { author, digest, effective_on, replaces, signature };
    let standing = standing_with(&known, &own).map_err(refused)?;
    send_text(tx, relation, (CONTRACT, signing.digest), &bundle(&files))?;
    let mut fields = vec![
        Field::digest("digest", digest),
        Field::date("effective_on", effective_on),
        Field::text("signed_by", signed_by),
    ];
    fields.extend(replaces.map(|replaces| Field::digest("replaces", replaces)));
    let key = format!(
        "{CONTRACT}/{}/{effective_on}/{}/{}",
        contract.id(),
        signing.digest,
        signing.replaces.unwrap_or("-")
    );
    let mut dues = Dues::default();
    dues.say(relation.id, Statement { kind: Text::const_new(SIGNED), subject, fields })?;
    dues.record(tx, &key)?;
    Ok(standing)
}

/// Where a version stands with one more signature; why that signature could never be of use.
fn standing_with(known: &[ContractSaid], own: &ContractSaid) -> Result<VersionStanding, String> {
    let key = (own.effective_on, own.digest, own.replaces);
    let of = |state: &ContractState| -> Option<ContractVersion> {
        let is = |one: &&ContractVersion| (one.effective_on, one.digest, one.replaces) == key;
        state.versions.iter().find(is).cloned()
    };
    let before = ContractState::fold(known);
    if of(&before).is_some_and(|one| one.signature(own.author).is_some()) {
        return Err("this side has signed the same before".to_owned());
    }
    let other = ContractSaid { author: own.author.other(), ..own.clone() };
    let with_own = || known.iter().chain([own]);
    let by_both = ContractState::fold(with_own().chain([&other]));
    // What is in force stays so whatever is signed (twin, section 15).
    if !of(&by_both).is_some_and(|one| one.is_signed()) {
        let last = before.versions.iter().rev().find(|one| one.is_signed());
        return Err(match last {
            Some(last) => format!(
                "{} is signed by both from {}: a contract beside it says that it replaces it, and \
                 does not hold before it",
                to_hex(&last.digest),
                last.effective_on
            ),
            None => "it says that it replaces a contract that both have not signed".to_owned(),
        });
    }
    let after = ContractState::fold(with_own());
    Ok(of(&after).map_or(VersionStanding::Proposed, |one| one.standing))
}

/// A person's name, without blanks around it.
pub(super) fn person(name: &str) -> Result<Text, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("a named person signs".to_owned());
    }
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(format!("a name has at most {NAME_MAX} characters and no control characters"));
    }
    Ok(Text::from(name))
}

/// The versions of a contract that are in force on some day of a year.
///
/// # Errors
/// In words, when it is no year.
pub fn versions_in_year(state: &ContractState, year: i64) -> Result<Vec<&ContractVersion>, String> {
    let day = |text: &str| -> Result<Date, String> {
        format!("{year}-{text}").parse().map_err(|_| format!("{year} is no year"))
    };
    let (first, last) = (day("01-01")?, day("12-31")?);
    let is_in_year = |one: &&ContractVersion| match one.standing {
        VersionStanding::Signed { until } => {
            one.effective_on <= last
                && until.is_none_or(|until| until > first.max(one.effective_on))
        }
        _ => false,
    };
    Ok(state.versions.iter().filter(is_in_year).collect())
}

/// The version of a contract that a year is settled by: the one in force on the named day, or else
/// the only one of the year.
///
/// # Errors
/// In words, when none is in force, or two are and no day is named.
pub fn version_for_year(
    state: &ContractState,
    year: i64,
    on: Option<Date>,
) -> Result<&ContractVersion, String> {
    let in_year = versions_in_year(state, year)?;
    if let Some(on) = on {
        if !on.to_string().starts_with(&format!("{year}-")) {
            return Err(format!("{on} is no day of {year}"));
        }
        let found = in_year.into_iter().find(|one| one.is_in_force_on(on));
        return found.ok_or_else(|| format!("nothing is in force on {on}"));
    }
    match in_year.as_slice() {
        [] => Err(format!("nothing is in force in {year}: both have to sign first")),
        [one] => Ok(one),
        several => {
            let told: Vec<String> = several
                .iter()
                .map(|one| format!("{} from {}", to_hex(&one.digest), one.effective_on))
                .collect();
            Err(format!("several are in force in {year} ({}): name a day", told.join(", ")))
        }
    }
}
