//! How long the documents of a partner may be: what is longer is never fetched.

use super::relation::Relation;
use crate::error::OperationsError;
use counterfoil_base::{Date, Finding, add_days};
use counterfoil_store::{DocumentState, FileFate, FileOutcome, Transaction};

/// Bytes of a mebibyte.
const MIB: u64 = 1 << 20;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The longest document of a kind that is fetched, in bytes: files of claims and payments hold
/// some million claims; answers and rule packs are read whole. A kind that nothing here reads is
/// not fetched.
#[must_use]
pub fn document_bytes_max(kind: &str) -> u64 {
    match kind {
        "837" | "835" => 4_096 * MIB,
        // Read whole: a 277CA has some 300 bytes a claim, and there is one for each interchange.
        "277CA" | "999" => 64 * MIB,
        // Read whole: a settlement has some 50,000 bytes a row.
        "settlement" => 64 * MIB,
        "pack" | "contract" => 8 * MIB,
        "TA1" => MIB,
        _ => 0,
    }
}

/// A document that a partner has said to have sent.
pub(super) struct Said<'a> {
    pub(super) digest: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// As the partner says it, in bytes.
    pub(super) length: i64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub(super) time_ms: i64,
}

/// A document that a partner says it has sent is one to fetch, unless it is too long for its kind:
/// then it is refused, and its page says so.
pub(super) fn name(
    tx: &Transaction<'_>,
    relation: &Relation,
    said: &Said<'_>,
) -> Result<(), OperationsError> {
    let Said { digest, kind, name, .. } = *said;
    let length = u64::try_from(said.length).unwrap_or(u64::MAX);
    // What the store keeps of a length that is none is never fetched either.
    tx.name_twin_document(relation.id, digest, (kind, name, length))?;
    let most = document_bytes_max(kind);
    let is_new = tx.twin_document(relation.id, digest)?;
    if length <= most || is_new.is_none_or(|one| one.state != DocumentState::Named) {
        return Ok(());
    }
    tx.set_twin_document(relation.id, digest, (DocumentState::Refused, ""))?;
    // The bytes may be those of a file that was worked on here: what became of that one stands.
    if tx.file_outcome(digest)?.is_some() || tx.file(digest)?.is_some() {
        return Ok(());
    }
    let message = match most {
        0 => "A partner has sent a document of a kind that nothing here reads.".to_owned(),
        most => format!("A partner's document has {length} bytes, more than the {most} allowed."),
    };
    let finding = Finding::error("OPS-7-document-too-long", 7, message)
        .because("Documents are stored before they are read, so that their length has a bound.")
        .fix("Ask the partner for smaller files; this one was not fetched.");
    let outcome = FileOutcome {
        name: name.to_owned(),
        kind: kind.to_owned(),
        fate: FileFate::Refused,
        worked_on: day_of(said.time_ms).to_string(),
        findings: 1,
    };
    tx.set_file_outcome(digest, &outcome, &[finding])?;
    Ok(())
}

fn day_of(time_ms: i64) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    add_days(epoch, time_ms.div_euclid(DAY_MS)).unwrap_or(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halves::{Terms, open_relationship};
    use counterfoil_store::Store;
    use counterfoil_twin::{Author, PrivateKey};

    #[test]
    fn what_is_too_long_for_its_kind_is_refused_when_it_is_named() {
        let mut store = Store::open_in_memory().expect("a database opens");
        let [payer_key, provider_key] =
            [[1; 32], [2; 32]].map(|seed| PrivateKey::from_seed(&seed).public_key());
        let terms = Terms {
            role: Author::Provider,
            partner: "Plan".to_owned(),
            own_name: "Clinic".to_owned(),
            payer_key,
            provider_key,
            nonce: [3; 32],
            identifiers: vec!["FOX01".to_owned()],
        };
        let done: Result<(), OperationsError> = store.transaction("documents", |tx| {
            let relation = open_relationship(tx, &terms)?;
            let most = i64::try_from(document_bytes_max("pack")).expect("a length");
            for (digest, kind, length, wanted) in [
                ("aa", "pack", most, DocumentState::Named),
                ("bb", "pack", most + 1, DocumentState::Refused),
                ("cc", "835", most + 1, DocumentState::Named),
                ("dd", "835", i64::MAX, DocumentState::Refused),
                ("ee", "835", -1, DocumentState::Refused),
                ("ff", "poem", 1, DocumentState::Refused),
                ("a2", "contract", most, DocumentState::Named),
                ("a3", "contract", most + 1, DocumentState::Refused),
                ("a4", "settlement", 64 * 1_048_576 + 1, DocumentState::Refused),
                ("a1", "277CA", 64 * 1_048_576 + 1, DocumentState::Refused),
            ] {
                let time_ms = 1_740_000_000_000;
                let said = Said { digest, kind, name: "one", length, time_ms };
                for _ in 0..2 {
                    name(tx, &relation, &said)?;
                    let row = tx.twin_document(relation.id, digest)?.expect("it is named");
                    assert_eq!(row.state, wanted, "{digest}");
                    let told = tx.file_outcome(digest)?.map(|one| (one.fate, one.worked_on));
                    let refused = (FileFate::Refused, "2025-02-19".to_owned());
                    let is_refused = wanted == DocumentState::Refused;
                    assert_eq!(told, is_refused.then_some(refused), "{digest}");
                }
            }
            // What the own work made of the same bytes is not a partner's to change.
            let own = FileOutcome {
                name: "own.835".to_owned(),
                kind: "835".to_owned(),
                fate: FileFate::Accepted,
                worked_on: "2025-02-01".to_owned(),
                findings: 0,
            };
            tx.set_file_outcome("0a", &own, &[])?;
            let said = Said { digest: "0a", kind: "poem", name: "two", length: 1, time_ms: 0 };
            name(tx, &relation, &said)?;
            assert_eq!(tx.file_outcome("0a")?, Some(own));
            assert_eq!(tx.file_findings("0a")?, []);
            Ok(())
        });
        done.expect("documents are named");
    }
}
