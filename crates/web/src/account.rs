//! People who sign in: their roles, their organization, and their passwords as argon2id hashes.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use counterfoil_base::Phi;

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Payer operations.
    PayerOperations,
    /// Provider billing.
    ProviderBilling,
    /// Contract manager, on either side.
    ContractManager,
    /// Quality and care manager.
    QualityCare,
    /// Data scientist.
    DataScientist,
    /// Compliance officer.
    ComplianceOfficer,
    /// Administrator.
    Administrator,
}

impl Role {
    /// Every role, in the order of the access table.
    pub const ALL: [Role; 7] = [
        Role::PayerOperations,
        Role::ProviderBilling,
        Role::ContractManager,
        Role::QualityCare,
        Role::DataScientist,
        Role::ComplianceOfficer,
        Role::Administrator,
    ];

    /// The two letters of the access table.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match self {
            Role::PayerOperations => "PO",
            Role::ProviderBilling => "PB",
            Role::ContractManager => "CM",
            Role::QualityCare => "QC",
            Role::DataScientist => "DS",
            Role::ComplianceOfficer => "CO",
            Role::Administrator => "AD",
        }
    }

    /// The role in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Role::PayerOperations => "payer operations",
            Role::ProviderBilling => "provider billing",
            Role::ContractManager => "contract manager",
            Role::QualityCare => "quality and care manager",
            Role::DataScientist => "data scientist",
            Role::ComplianceOfficer => "compliance officer",
            Role::Administrator => "administrator",
        }
    }

    /// The role of two letters.
    #[must_use]
    pub fn of_letters(letters: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.letters() == letters)
    }

    /// The first page after signing in.
    #[must_use]
    pub fn home(self) -> &'static str {
        match self {
            Role::ComplianceOfficer => "/audit",
            Role::Administrator => "/node",
            Role::ContractManager => "/settlements",
            _ => "/queue",
        }
    }
}

/// For whom a person works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Employer {
    /// The organization that runs the node.
    Own,
    /// A partner, by its opaque id: such a guest sees what both organizations share, no more.
    Partner(String),
}

/// A person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Opaque id, which audit rows keep.
    pub id: String,
    /// The name under which the person signs in and which decisions bear.
    pub name: String,
    /// What the person does.
    pub roles: Vec<Role>,
    /// For whom.
    pub employer: Employer,
}

/// An account as it is kept.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// The person.
    pub account: Account,
    /// The password's hash in PHC form, as [`hash_password`] makes it.
    pub password_hash: String,
    /// False when the account is closed.
    pub is_open: bool,
}

/// Hashes a password with argon2id (RFC 9106; 19 MiB, 2 passes, 1 lane) and a random salt.
///
/// Nothing when the password is longer than argon2 takes.
#[must_use]
pub fn hash_password(password: &Phi<String>, salt: [u8; 16]) -> Option<String> {
    let salt = SaltString::encode_b64(&salt).ok()?;
    let hash = Argon2::default().hash_password(password.expose().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// True when the password is the one that was hashed; a hash that cannot be read fits nothing.
#[must_use]
pub fn verify_password(password: &Phi<String>, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let password = Phi::new("correct horse".to_owned());
        let hash = hash_password(&password, [7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password(&password, &hash));
        assert!(!verify_password(&Phi::new("correct hors".to_owned()), &hash));
        assert!(!verify_password(&password, "not a hash"));
    }

    #[test]
    fn letters_name_one_role() {
        for role in Role::ALL {
            assert_eq!(Role::of_letters(role.letters()), Some(role));
        }
        assert_eq!(Role::of_letters("po"), None);
    }
}
