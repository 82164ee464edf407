//! The nodes of partners: invitation codes that were given out, and how paired nodes are known.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Row;

/// An invitation code as it is kept. Its secret does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// The name of the code at this node.
    pub number: u32,
    /// What the partner will be called here.
    pub partner: String,
    /// By which claims find the partner.
    pub identifiers: Vec<String>,
    /// Seconds since 1970-01-01T00:00:00Z from which on it is refused.
    pub expires_at: u32,
    /// What both sides prove to know.
    pub secret: [u8; 16],
    /// Nonce of the relationship.
    pub nonce: [u8; 32],
    /// Where this node said that it can be dialed, `host:port`.
    pub addresses: Vec<String>,
    /// Wrong proofs so far, 255 at most.
    pub wrong_proofs: u8,
    /// Pin and organization key of the node that used it.
    pub used_by: Option<([u8; 32], [u8; 32])>,
}

impl std::fmt::Debug for InvitationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvitationRow({})", self.number)
    }
}

/// How the node of a partner is known and reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// The relationship's number.
    pub relationship_id: i64,
    /// SHA-256 of its TLS key's SubjectPublicKeyInfo.
    pub pin: [u8; 32],
    /// Where it is dialed, `host:port`; none when it dials.
    pub addresses: Vec<String>,
    /// The digits that both sides showed when they paired.
    pub fingerprint: String,
}

impl Transaction<'_> {
    /// Keeps an unused invitation; `false` when its number is taken.
    pub fn insert_invitation(&self, row: &InvitationRow) -> Result<bool, StoreError> {
        let nobody: &[u8] = &[];
        let inserted = self.change(
            include_str!("../sql/queries/node_invitation_insert.sql"),
            &[
                &i64::from(row.number),
                &row.partner,
                &row.identifiers.join("\n"),
                &i64::from(row.expires_at),
                &row.secret,
                &row.nonce,
                &row.addresses.join("\n"),
                &nobody,
            ],
        )?;
        Ok(inserted == 1)
    }

    /// The invitation with a number.
    pub fn invitation(&self, number: u32) -> Result<Option<InvitationRow>, StoreError> {
        let select = include_str!("../sql/queries/node_invitation_select.sql");
        self.first(select, &[&i64::from(number)], read_invitation)
    }

    /// Counts one wrong proof of an unused invitation.
    pub fn count_wrong_proof(&self, number: u32) -> Result<(), StoreError> {
        let count = include_str!("../sql/queries/node_invitation_count_wrong.sql");
        self.change(count, &[&i64::from(number)]).map(drop)
    }

    /// Marks an invitation as used by a node; `false` when another node has used it.
    pub fn use_invitation(
        &self,
        number: u32,
        (pin, organization_key): (&[u8; 32], &[u8; 32]),
    ) -> Result<bool, StoreError> {
        let mark = include_str!("../sql/queries/node_invitation_use.sql");
        Ok(self.change(mark, &[&i64::from(number), pin, organization_key])? == 1)
    }

    /// Keeps how a partner's node is known; of one that is known, pin and addresses change.
    pub fn set_peer(&self, row: &PeerRow) -> Result<(), StoreError> {
        let upsert = include_str!("../sql/queries/node_peer_upsert.sql");
        let addresses = row.addresses.join("\n");
        self.change(upsert, &[&row.relationship_id, &row.pin, &addresses, &row.fingerprint])
            .map(drop)
    }

    /// Every paired node.
    pub fn peers(&self) -> Result<Vec<PeerRow>, StoreError> {
        self.rows(include_str!("../sql/queries/node_peer_all.sql"), &[], |row| {
            Ok(PeerRow {
                relationship_id: row.get(0)?,
                pin: row.get(1)?,
                addresses: lines(&row.get::<String>(2)?),
                fingerprint: row.get(3)?,
            })
        })
    }

    /// Every half that has begun: its relationship's number, its author, its size.
    pub fn half_sizes(&self) -> Result<Vec<(i64, u8, u64)>, StoreError> {
        self.rows(include_str!("../sql/queries/twin_half_sizes.sql"), &[], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<i64>(2)?.unsigned_abs()))
        })
    }

    /// The numbers of the relationships in which something has to be said.
    pub fn relationships_with_dues(&self) -> Result<Vec<i64>, StoreError> {
        self.rows(include_str!("../sql/queries/twin_due_partners.sql"), &[], |row| row.get(0))
    }
}

fn read_invitation(row: &Row<'_>) -> Result<InvitationRow, DatabaseError> {
    let (pin, key): (Vec<u8>, Vec<u8>) = (row.get(8)?, row.get(9)?);
    let user = (<[u8; 32]>::try_from(pin), <[u8; 32]>::try_from(key));
    Ok(InvitationRow {
        number: row.get(0)?,
        partner: row.get(1)?,
        identifiers: lines(&row.get::<String>(2)?),
        expires_at: row.get(3)?,
        secret: row.get(4)?,
        nonce: row.get(5)?,
        addresses: lines(&row.get::<String>(6)?),
        wrong_proofs: u8::try_from(row.get::<i64>(7)?).unwrap_or(u8::MAX),
        used_by: if let (Ok(pin), Ok(key)) = user { Some((pin, key)) } else { None },
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(
        an_invitation_is_used_by_one_node,
        a_known_node_changes_its_pin_and_addresses
    );

    fn row() -> InvitationRow {
        InvitationRow {
            number: 7,
            partner: "Clinic".into(),
            identifiers: vec!["1234567893".into(), "1".into()],
            expires_at: 1_800_000_000,
            secret: [1; 16],
            nonce: [2; 32],
            addresses: vec!["payer.example:7443".into()],
            wrong_proofs: 0,
            used_by: None,
        }
    }

    fn an_invitation_is_used_by_one_node(database: &Database) {
        let mut store = of_test(database);
        let told: Result<_, StoreError> = store.transaction("invite", |tx| {
            let first = tx.insert_invitation(&row())?;
            let second = tx.insert_invitation(&row())?;
            let kept = tx.invitation(7)?;
            tx.count_wrong_proof(7)?;
            let by_one = tx.use_invitation(7, (&[3; 32], &[4; 32]))?;
            let by_other = tx.use_invitation(7, (&[3; 32], &[5; 32]))?;
            let again = tx.use_invitation(7, (&[3; 32], &[4; 32]))?;
            tx.count_wrong_proof(7)?;
            Ok((first, second, kept, by_one, by_other, again, tx.invitation(7)?))
        });
        let used = InvitationRow { wrong_proofs: 1, used_by: Some(([3; 32], [4; 32])), ..row() };
        assert_eq!(
            told.unwrap(),
            (true, false, Some(row()), true, false, true, Some(used)),
            "a proof after use is not counted"
        );
    }

    fn a_known_node_changes_its_pin_and_addresses(database: &Database) {
        let mut store = of_test(database);
        let peer = |pin, address: &str| PeerRow {
            relationship_id: 1,
            pin: [pin; 32],
            addresses: lines(address),
            fingerprint: "0000 0000 0000 0000 0001".into(),
        };
        let told: Result<_, StoreError> = store.transaction("pair", |tx| {
            tx.set_peer(&peer(1, "a.example:1"))?;
            tx.set_peer(&peer(2, ""))?;
            tx.peers()
        });
        assert_eq!(told.unwrap(), vec![peer(2, "")]);
    }
}
